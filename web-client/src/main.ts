import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import './source.css';

mount(App, { target: document.getElementById('app')! });
