// What drachtio-srf's own test scripts ask for where to connect to.
const settings = new Map();

module.exports = { settings, get: (name) => settings.get(name) };
