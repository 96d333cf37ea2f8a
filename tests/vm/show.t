#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# What a user sees of a log on a terminal, in colour or not, wide or narrow. Boots nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use Show;
use VM;

sub folded { return [Show::folded(@_)] }

is_deeply(folded('# short', 79), ['# short'], 'a line that fits');
my @pieces = Show::folded('# platform: ' . 'word ' x 40 . 'end', 79);
is_deeply([grep { length > 79 } @pieces], [], 'no piece is too long');
is(join(' ', map { s/^#? +//r } @pieces), 'platform: ' . 'word ' x 40 . 'end', 'nothing is lost');
is(scalar(grep { /^# / } @pieces), @pieces, 'comments stay comments');
is_deeply(folded('x' x 100, 79), ['x' x 100], 'a word that is longer than the line');

# What is printed for these lines, on a terminal that can do so much.
sub shown {
	my ($can, @lines) = @_;
	my $code = 'my $s = Show->new; $s->{is_terminal} = 1; @$s{"can_move", "has_colour"} = (' . $can . ');'
		. '$s->take($_) while <STDIN>; $s->end';
	my $file = scratch_file('lines', join '', map { "$_\n" } 'TAP version 14', @lines);
	return scalar qx(COLUMNS=80 $^X -Itests/judge -MShow -e '$code' <$file);
}

my @lines = ('1..3', 'ok 1 - a.b', '#   why it is as it should be', 'not ok 2 - a.c', '  differs: "x"', '#   a story',
	'# real/sm             | .  .  . |!L* B |', '# end crc32 00000000');
my $plain = shown('0, 0', @lines);
is($plain, "not ok 2 - a.c\n  differs: \"x\"\n#   a story\n$lines[6]\n", 'TERM=dumb: what is worth reading, and nothing else');
my $moving = shown('1, 0', @lines);
like($moving, qr/\r\[1\/3\] a\.b\e\[K/, 'a line that counts');
unlike($moving, qr/\e\[[0-9;]*m/, 'NO_COLOR: no colour');
my $coloured = shown('1, 1', @lines);
like($coloured, qr/\e\[31mnot ok 2 - a\.c\e\[m/, 'a failure is red');
like($coloured, qr/\|\e\[1;31m!L\*\e\[m \e\[33mB\e\[m \|/, 'so are bad cells of the matrix');

for (['dumb', '', 0], ['xterm', '', 0], ['xterm', '1', 0]) {
	local @ENV{'TERM', 'NO_COLOR'} = @$_;
	unlike(scalar qx(./run.sh judge LICENSE 2>&1), qr/\e/, "no terminal: no colour, TERM=$_->[0] NO_COLOR=$_->[1]");
}

done_testing();
