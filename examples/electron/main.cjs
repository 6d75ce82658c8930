// The main process: one window that may use the microphone, and whose page has nothing of Node.
const { app, BrowserWindow, session } = require('electron');
const path = require('node:path');

const SERVER = process.env.OFFHOOK_SERVER ?? 'http://localhost:8480';

app.whenReady().then(() => {
  // Only our own page may ask for the microphone, and for nothing else.
  session.defaultSession.setPermissionRequestHandler(
    (_page, permission, answer, { requestingUrl }) => {
      answer(permission === 'media' && requestingUrl.startsWith('file://'));
    },
  );
  const window = new BrowserWindow({
    width: 360,
    height: 420,
    webPreferences: { contextIsolation: true, nodeIntegration: false, sandbox: true },
  });
  // Nothing else is ever shown in this window.
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.loadFile(path.join(__dirname, 'index.html'), { query: { server: SERVER } });
});

app.on('window-all-closed', () => app.quit());
