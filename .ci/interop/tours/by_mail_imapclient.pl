# The tour by Mail::IMAPClient: `by_mail_imapclient.pl PORT OUT LETTER`, see tours.py.
use strict;
use warnings;
use Mail::IMAPClient;

my ($port, $out, $letter) = @ARGV;

sub write_file {
    my ($path, $octets) = @_;
    open(my $file, '>:raw', $path) or die "$path: $!";
    print $file $octets;
    close($file) or die "$path: $!";
}

open(my $file, '<:raw', $letter) or die "$letter: $!";
my $text = do { local $/; <$file> };

my $imap = Mail::IMAPClient->new(
    Server => '127.0.0.1', Port => $port, User => 'alice', Password => 'secret', Uid => 1, Peek => 1, Timeout => 60)
    or die "new: $@";
sub well { $_[0] or die "$_[1]: " . $imap->LastError . "\n"; return $_[0] }

my @folders = $imap->folders or die $imap->LastError;
write_file("$out/folders", join('', map { "$_\n" } @folders));
well($imap->select('INBOX'), 'select');
for my $uid ($imap->messages) {
    write_file("$out/fetched/$uid", well($imap->message_string($uid), 'fetch'));
}
well($imap->set_flag('Flagged', 2), 'flag');
well($imap->append_string('INBOX', $text, '\Seen'), 'append');
well($imap->move('Archive', 3), 'move');
# Where it knows no MOVE it has copied and marked.
well($imap->delete_message(4), 'delete');
well($imap->expunge, 'expunge');
well($imap->logout, 'logout');
