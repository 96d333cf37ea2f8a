#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A sample of the model's mutants: no fewer are noticed than were, and one that is on the list of those that change
# nothing is none. Bad words are refused.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub refused {
	my ($words, $text) = @_;
	my $output = qx(./run.sh mutants $words 2>&1);
	is($? >> 8, 2, "mutants $words: refused");
	like($output, qr/\Q$text\E/, 'with a reason');
}

refused('sample=few', 'sample=few: a number');
refused('sources=vcmd,reg', 'no mutants are made of tests/model/reg.c');
refused('all', 'mutants takes sample=N, seed=N, sources=NAME,NAME and least=PERCENT, not all');

my $output = qx(./run.sh mutants sample=200 seed=11 least=80 2>&1);
is($? >> 8, 0, '80 of 100 are noticed') or diag($output);
like($output, qr/^all +200 /m, 'all were tried');
note($output);

done_testing();
