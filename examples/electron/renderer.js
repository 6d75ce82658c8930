// The page: what any page does. It knows neither Node nor Electron.
const $ = (id) => document.getElementById(id);
const say = (text) => {
  $('state').textContent = text;
};
const url = new URLSearchParams(location.search).get('server') ?? 'http://localhost:8480';
let client;

function follow(call) {
  $('end').hidden = false;
  $('end').onclick = () => call.hangup();
  call.on('state', say);
  call.on('ended', ({ message }) => {
    $('end').hidden = true;
    say(message);
  });
}

$('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    client = await Offhook.connect({
      url,
      endpoint: $('name').value,
      password: $('password').value,
    });
    await client.register();
    client.on('incoming', (call) => {
      follow(call);
      void call.accept();
    });
    $('sign-in').hidden = true;
    $('dial').hidden = false;
    say(`Signed in as ${client.identity.name}`);
  } catch (error) {
    say(error.message);
  }
});

$('dial').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    follow(await client.call($('to').value));
  } catch (error) {
    say(error.message);
  }
});
