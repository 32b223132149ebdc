export { setUpOnDisk as default } from './global-setup.ts';
