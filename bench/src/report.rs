//! Figures, and how they are shown: one table, then what they mean in words.

use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// What one benchmark found.
#[derive(Debug)]
pub struct Report {
    /// Its name on the command line.
    pub name: &'static str,
    /// What was measured, under which circumstances.
    pub title: String,
    /// First the heading.
    pub table: Vec<Vec<String>>,
    /// What it means: targets and whether they were met.
    pub words: Vec<String>,
    /// The same for machines.
    pub figures: serde_json::Value,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n", self.name, self.title)?;
        let columns = self.table.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.table
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.table {
            write!(f, " ")?;
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, " {cell:<width$}")?,
                    _ => write!(f, "  {cell:>width$}")?,
                }
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        self.words.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A distribution of times, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Times {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// The worst.
    pub max: f64,
    /// How many.
    pub count: usize,
}

impl Times {
    /// Of at least one time.
    pub fn of(times: &[Duration]) -> Self {
        let mut sorted: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect();
        sorted.sort_by(f64::total_cmp);
        // The nearest rank: a figure that was really measured.
        let rank = |percent: usize| {
            sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        Self { p50: rank(50), p95: rank(95), max: rank(100), count: sorted.len() }
    }

    /// As cells of a table.
    pub fn row(&self, name: &str) -> Vec<String> {
        vec![name.to_owned(), ms(self.p50), ms(self.p95), ms(self.max)]
    }
}

/// Milliseconds as a table shows them.
pub fn ms(value: f64) -> String {
    format!("{value:.2}")
}

/// KiB as MiB.
pub fn mib(kib: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "memory sizes in KiB are far below 2^52")]
    let kib = kib as f64;
    format!("{:.1}", kib / 1_024.0)
}

/// A row of text cells.
pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The verdict on a target, as a sentence.
pub fn verdict(target: &str, measured: &str, met: bool) -> String {
    format!("Target: {target}. Measured: {measured}. {}", if met { "Met." } else { "Not met." })
}

/// The machine's load averages over 1, 5 and 15 minutes; other programs' work shows in every figure.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = text.split(' ').take(3).collect();
    if load.is_empty() { "unknown".to_owned() } else { load.join(" ") }
}

/// Number of processors that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let times = Times::of(&times);
        assert_eq!((times.p50, times.p95, times.max, times.count), (100.0, 190.0, 200.0, 200));
        let one = Times::of(&[Duration::from_millis(7)]);
        assert_eq!((one.p50, one.p95, one.max), (7.0, 7.0, 7.0));
    }

    #[test]
    fn columns_line_up() {
        let table = vec![row(["", "p50"]), row(["direct", "176.00"])];
        let figures = serde_json::Value::Null;
        let report = Report { name: "steps", title: "x".into(), table, words: vec!["Met.".into()], figures };
        assert_eq!(report.to_string(), "steps: x\n\n             p50\n  direct  176.00\n\nMet.\n");
    }
}
