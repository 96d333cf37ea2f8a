#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The harness counts what happened, and whatever went wrong in a program counts as a failure. Boots nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# A program of this shell text; returns its file.
sub program {
	my ($name, $text) = @_;
	my $file = scratch_file($name, "#!/bin/sh\n$text");
	chmod 0755, $file or die "$file: $!";
	return $file;
}

sub counted {
	my ($name, $counts, @programs) = @_;
	is(scalar qx(tests/harness/run-all 2 @programs 2>/dev/null), "$counts\n", $name);
}

my $two_groups = program('groups', "echo 1..2; echo 'ok 1 - a'; echo 'ok 2 - b'; echo 1..1; echo 'ok 1 - c'\n");
my $failing = program('failing', "echo 1..2; echo 'not ok 1 - a'; echo '# why'; echo 'ok 2 - b'; exit 1\n");
my $crashing = program('crashing', "echo 1..2; echo 'ok 1 - a'; kill -SEGV \$\$\n");
my $bad_end = program('bad_end', "echo 1..1; echo 'ok 1 - a'; exit 3\n");
my $perl = program('some.t', "echo 1..3; echo ok 1; echo ok 2; echo 'not ok 3 # TODO later'\n");
my $short = program('short.t', "echo 1..3; echo ok 1; echo ok 2\n");

counted('two groups of tests in a program', '3 0', $two_groups);
counted('a failure', '1 1', $failing);
counted('a program that crashes', '1 1', $crashing);
counted('a program that ends badly, though each test went well', '1 1', $bad_end);
counted('a program without a test', '0 1', program('none', "exit 0\n"));
counted('a Perl program', '3 0', $perl);
counted('a Perl program that ends early', '2 1', $short);
counted('several', '7 1', $two_groups, $failing, $perl);
counted('no program', '0 1');
counted('a program that is not there', '0 1', '/nonexistent/test');

is(scalar qx(tests/harness/one-plan $two_groups), "ok 1 - a\nok 2 - b\nok 3 - c\n1..3\n", 'one plan, one numbering');
is(scalar qx(tests/harness/one-plan $failing 2>&1 >/dev/null), "not ok 1 - a\n# why\n", 'failures are told');
qx(tests/harness/one-plan $crashing);
is($? >> 8, 128 + 11, 'ends as the program did: a signal');
qx(tests/harness/one-plan $bad_end);
is($? >> 8, 3, 'ends as the program did: a status');

done_testing();
