//! Both ends of every mechanism against noise. The first octet chooses the mechanism; lines are cut at LF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::store::Store;
use maillab::protocol::sasl::{Chance, ClientExchange, Credentials, Exchange, MECHANISMS, Peer, base64};

fuzz_target!(|data: &[u8]| {
    let [nth, lines @ ..] = data else { return };
    let mechanism = MECHANISMS[usize::from(*nth) % MECHANISMS.len()].mechanism;
    let mut store = Store::new(Timestamp::DEFAULT_START);
    if store.add_user("alice", "secret").is_err() {
        return;
    }
    let chance = Chance { seed: 1, session: 1 };
    let peer = Peer { service: "pop", host: "mail.example".into(), chance, external: None, layers: true };
    let (mut server, _) = Exchange::begin(mechanism, peer, None, &mut store);
    let mut client = ClientExchange::new(
        mechanism,
        Credentials {
            name: "alice".into(),
            password: b"secret".to_vec(),
            authorize: String::new(),
            service: "pop",
            host: "mail.example".into(),
            nonce: "n".into(),
            wants_layer: true,
        },
    );
    for line in lines.split(|octet| *octet == b'\n').take(8) {
        server.answer(line, &mut store);
        let coded = base64::encoded(line);
        server.answer(coded.as_bytes(), &mut store);
        let _ = client.answer(coded.as_bytes());
    }
});
