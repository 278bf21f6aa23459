use std::fs;
use std::path::Path;

use super::*;
use crate::cli::scratch::Scratch;
use crate::mail::date::Timestamp;
use crate::mail::export;

const MESSAGE: &[u8] = b"Subject: one\n\nhello\n";

fn mbox_of(messages: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for n in 0..messages {
        let message = format!("Subject: {n}\r\n\r\n>From a letter\r\n{}\r\n", "text ".repeat(n));
        export::mbox::append(
            &mut file,
            Variant::Mboxcl2,
            "a@b",
            Timestamp::DEFAULT_START,
            message.as_bytes(),
        );
    }
    export::mbox::append(
        &mut file,
        Variant::Mboxcl2,
        "a@b",
        Timestamp::DEFAULT_START,
        b"Subject: last\r\n\r\nFrom here\r\n",
    );
    file
}

fn octets(imported: &Imported) -> Vec<Vec<u8>> {
    imported.messages.iter().map(|entry| entry.message.octets().unwrap().to_vec()).collect()
}

fn complaint(path: &Path) -> String {
    read_path(path).map(|imported| imported.messages.len()).unwrap_err().to_string()
}

#[test]
fn each_kind_of_mail_is_told_apart() {
    let scratch = Scratch::new("source-kinds");
    let mbox = scratch.file("in", &mbox_of(3));
    assert_eq!(read_path(&mbox).unwrap().messages.len(), 4);
    let single = scratch.file("one.txt", MESSAGE);
    assert_eq!(octets(&read_path(&single).unwrap()), [b"Subject: one\r\n\r\nhello\r\n"]);
    let late = scratch.file("late", &[b"half a letter\n\n", mbox_of(1).as_slice()].concat());
    let late = read_path(&late).unwrap();
    assert_eq!((late.messages.len(), late.problems.len()), (2, 1));
}

#[test]
fn a_maildir_gives_flags_dates_and_the_order_of_delivery() {
    let scratch = Scratch::new("source-maildir");
    scratch.file("box/new/888868810.M3P1.h", b"Subject: new\n\n");
    scratch.file("box/cur/888868800.M10P1.h:2,S", b"Subject: second\n\n");
    scratch.file("box/cur/888868800.M9P1.h:2,RS", b"Subject: first\n\n");
    scratch.file("box/cur/888868801.M1P1.h:2,", b"no mail");
    scratch.file("box/tmp/888868802.M1P1.h", b"Subject: not delivered yet\n\n");
    scratch.file("box/cur/.hidden", b"Subject: no\n\n");
    fs::create_dir(scratch.path("box/cur/folder")).unwrap();
    let imported = read_path(&scratch.path("box")).unwrap();
    let seen: Vec<_> = imported
        .messages
        .iter()
        .map(|entry| (String::from_utf8_lossy(&entry.message.header()[9..]).trim().to_owned(), entry.flags))
        .collect();
    assert_eq!(
        seen,
        [
            ("first".to_owned(), Flags::SEEN | Flags::ANSWERED),
            ("second".to_owned(), Flags::SEEN),
            ("new".to_owned(), Flags::NONE)
        ]
    );
    assert_eq!(imported.messages[0].received, Timestamp::DEFAULT_START);
    let problems: Vec<String> = imported.problems.iter().map(|problem| problem.to_string()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("folder") && problems[1].contains("888868801.M1P1.h"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_a_name() {
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::new("source-latin1");
    fs::write(scratch.path(std::ffi::OsStr::from_bytes(b"caf\xe9.eml")), MESSAGE).unwrap();
    assert_eq!(read_path(&scratch.path("")).unwrap().messages.len(), 1);
}

#[test]
fn a_folder_of_eml_files_is_read_in_order_of_names() {
    let scratch = Scratch::new("source-eml");
    scratch.file("b.EML", b"Subject: b\n\n");
    scratch.file("a.eml", b"Subject: a\n\n");
    scratch.file("c.eml", b"");
    scratch.file("notes.txt", b"Subject: no\n\n");
    scratch.file("inside/d.eml", b"Subject: d\n\n");
    let imported = read_path(&scratch.path("")).unwrap();
    assert_eq!(octets(&imported), [b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n"]);
    assert!(imported.problems.iter().next().unwrap().to_string().ends_with("c.eml: the file is empty"));
}

#[test]
fn what_is_no_mail_gets_place_and_remedy() {
    let scratch = Scratch::new("source-bad");
    scratch.file("inbox.mbox", &mbox_of(1));
    scratch.file("folder/report.pdf", b"%PDF");
    fs::create_dir_all(scratch.path("empty/cur")).unwrap();
    for (path, said) in [
        (scratch.path("inbx.mbox"), "did you mean"),
        (scratch.path("inbox.mbox/x"), "hint: "),
        (scratch.file("nothing", b""), "the file is empty"),
        (scratch.file("blank", b"\n\n\n"), "neither a mailbox nor a message"),
        (scratch.file("junk", b"\x00\x01\x02\xff\xfe"), "some other kind"),
        (scratch.file("mail.gz", b"\x1f\x8b\x08\0"), "unpack it first"),
        (scratch.file("letter", b"Dear Bob,\nhow are you?\n"), "neither a mailbox nor a message"),
        (scratch.file("settings.yaml", b"name: value\nother: value\n"), "neither a mailbox nor a message"),
        (scratch.file("macintosh", b"Subject: old\r\rhello\r"), "convert them to LF"),
        (scratch.path("folder"), "report.pdf"),
        (scratch.path("empty"), "the mailbox is empty"),
    ] {
        let complaint = complaint(&path);
        assert!(complaint.contains(said), "{complaint}");
        assert!(complaint.contains("--> ") && complaint.contains("\nhint: "), "{complaint}");
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_no_file() {
    assert!(complaint(Path::new("/dev/null")).contains("a device or a pipe"));
}

#[test]
fn large_mail_stays_on_disk_and_reads_the_same() {
    let scratch = Scratch::new("source-large");
    let file = mbox_of(300);
    let path = scratch.file("in", &file);
    let (small, large) =
        (read_keeping(&path, None, u64::MAX).unwrap(), read_keeping(&path, None, 0).unwrap());
    assert_eq!(octets(&small), octets(&large));
    assert_eq!(small.verdict, large.verdict);
    for (a, b) in small.messages.iter().zip(&large.messages) {
        assert_eq!((&a.message, a.message.header(), &a.origin), (&b.message, b.message.header(), &b.origin));
    }
    let folder = scratch.path("box");
    scratch.file("box/cur/1.a.h:2,S", MESSAGE);
    scratch.file("box/cur/2.a.h:2,S", b"Subject: \xe9\r\n\nx");
    assert_eq!(
        octets(&read_keeping(&folder, None, u64::MAX).unwrap()),
        octets(&read_keeping(&folder, None, 0).unwrap())
    );
}

#[test]
fn a_file_that_changed_says_so_instead_of_giving_other_mail() {
    let scratch = Scratch::new("source-changed");
    let mut file = mbox_of(10);
    let path = scratch.file("in", &file);
    let imported = read_keeping(&path, None, 0).unwrap();
    let last = &imported.messages[10].message;
    assert!(last.octets().is_ok());

    let at = file.len() - 3;
    file[at] ^= 1;
    fs::write(&path, &file).unwrap();
    assert!(last.octets().unwrap_err().to_string().contains("changed since it was read"));
    assert!(imported.messages[0].message.octets().is_ok(), "the others are where they were");
    fs::write(&path, &file[..at]).unwrap();
    assert!(last.octets().is_err());
    fs::remove_file(&path).unwrap();
    assert!(last.octets().unwrap_err().reason.contains("in: "));
}
