// The tour by ImapFlow: `by_imapflow.mjs PORT OUT LETTER`, see tours.py.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { ImapFlow } = createRequire(`${process.env.MAILLAB_NODE}/`)('imapflow');
const [port, out, letter] = process.argv.slice(2);
const client = new ImapFlow({
    host: '127.0.0.1', port: Number(port), secure: false, logger: false, auth: { user: 'alice', pass: 'secret' },
});
const well = (done, what) => {
    if (!done) throw new Error(what);
    return done;
};

await client.connect();
writeFileSync(`${out}/folders`, (await client.list()).map(({ path }) => `${path}\n`).join(''));
const lock = await client.getMailboxLock('INBOX');
for await (const { uid, source, envelope, bodyStructure } of client.fetch('1:*', {
    uid: true, source: true, envelope: true, bodyStructure: true,
})) {
    well(envelope.messageId && bodyStructure.type, 'envelope');
    writeFileSync(`${out}/fetched/${uid}`, source);
}
well(await client.messageFlagsAdd('2', ['\\Flagged'], { uid: true }), 'flag');
well(await client.append('INBOX', readFileSync(letter), ['\\Seen']), 'append');
well(await client.messageMove('3', 'Archive', { uid: true }), 'move');
well(await client.messageDelete('4', { uid: true }), 'delete');
lock.release();
await client.logout();
