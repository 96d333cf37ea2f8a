# SPDX-License-Identifier: MIT
# The line of six characters by which the kernel says which test it runs now (tap_announce() in tests/engine/tap.c): a
# result comes when it is done, and of one that takes the machine down, none.
package Mark;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(mark_of test_of MARK_LINE);

use constant MARK_LINE => qr/^#([0-9a-z]{4})$/;

my ($root) = __FILE__ =~ m{^(.*/)} ? "$1../.." : '../..';

# The mark of a test.
sub mark_of {
	my ($id) = @_;
	my $sum = 2166136261;
	$sum = (($sum ^ $_) * 16777619) & 0xffffffff for unpack 'C*', $id;
	return join '', map { my $digit = (0 .. 9, 'a' .. 'z')[$sum % 36]; $sum = int $sum / 36; $digit } 1 .. 4;
}

# All tests, by docs/TESTS.md.
sub ids {
	open my $file, '<', "$root/docs/TESTS.md" or return;
	return map { /^\| `([^`]+)` / ? $1 : () } <$file>;
}

# Which test it was, in words.
sub test_of {
	my ($mark) = @_;
	my @ids = grep { mark_of($_) eq $mark } ids();
	return @ids ? join ' or ', @ids : "a test that docs/TESTS.md does not have (#$mark)";
}

1;
