#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Cases by chance: a modelled unit never differs from its own shadow, a unit with a defect does; a case made alone shows
# what it showed among the others.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub fuzz { return boot(options => ['--iommu', 'none'], words => ['units=model', @_]) }

for my $topo ('all', 'legacy-qi', 'sm+vcs,qemu', 'sm+cm+pss=9+zlr+lazy') {
	my $run = process("topo=$topo", 'tests=fuzz.*', 'fuzz=6000', 'seed=12');
	is($run->{status}, 0, "however many the cases: $topo") or diag($run->{log});
}
for my $topo ('all', 'qemu', 'sm-c+fsts+nest-esrtps', 'legacy+aw=39+cm') {
	my $run = fuzz("topo=$topo", 'tests=fuzz.*', 'fuzz=300', 'seed=11');
	is($run->{status}, 0, "a modelled unit is as its shadow: $topo");
	ok((grep { !$_->{directive} } @{ $run->{results} }) > 0, 'and was asked');
}

my $defect = 'topo=all+defect=pasid_reserved_ignored';
my $bad = fuzz($defect, 'tests=fuzz.second-stage', 'fuzz=300', 'seed=11');
is($bad->{status}, 1, 'a defect shows');
my ($what, $case) = $bad->{log} =~ /^# fuzz\.second-stage: (.+): \d+ cases, first: (\d+) of seed 11$/m;
ok(defined $what, 'as a signature') or diag($bad->{output});
my $again = fuzz($defect, 'tests=fuzz.second-stage', "replay=$case", 'seed=11');
like($again->{log}, qr/^# fuzz\.second-stage: \Q$what\E: 1 cases/m, 'the case alone shows the same');
my ($words) = $bad->{log} =~ /again: (tests=fuzz\.second-stage replay=s\S+)$/m;
ok(defined $words && length $words < 400, 'it is told in words, which are few');
for my $topo ($defect =~ s!topo=!!r, 'sm+haw=46+nd=4+aw=39+defect=pasid_reserved_ignored') {
	like(process("topo=$topo", split / /, $words)->{log}, qr/^# fuzz\.second-stage: \Q$what\E: 1 cases/m,
		"which show it again: $topo");
}
unlike(process('topo=all', split / /, $words)->{log}, qr/^not ok/m, 'but not without the defect');

is(fuzz('fuzz=0')->{status}, 2, 'no cases at all are refused');
for my $wrong ("$words.1", "$words,", "$words,z", "$words,i.ff", $words =~ s/,.*//r, 'replay=x',
	'replay=s.2.1.3.c.....4,w.1...d0.77') {
	my $run = process('topo=all', 'tests=fuzz.second-stage', split / /, $wrong);
	is($run->{status}, 2, "words that are no case: $wrong");
	like($run->{log}, qr/differs: +"replay=\S+: \w[^"]+"/, 'one sentence says what is wrong');
}

done_testing();
