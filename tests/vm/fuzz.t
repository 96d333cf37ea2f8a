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
my ($case, $what) = $bad->{log} =~ /first: replay=(\d+) seed=11: ([^(\n]+) \(/;
ok(defined $what, 'as a signature') or diag($bad->{output});
my $again = fuzz($defect, 'tests=fuzz.second-stage', "replay=$case", 'seed=11');
like($again->{log}, qr/replay=$case seed=11: \Q$what\E/, 'the case alone shows the same');

is(fuzz('fuzz=0')->{status}, 2, 'no cases at all are refused');

done_testing();
