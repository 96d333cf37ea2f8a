#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Units that keep every rule of the book, whatever it leaves open to them, pass: what fails on one of
# them would blame good hardware. The first in a machine, more as a process. By hand, first seed and count:
#
#	prove -v tests/vm/lawful.t :: 100 45
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Lawful;
use VM;

my ($first, $count) = @ARGV == 2 ? @ARGV : (1, 40);
my $in_machines = 5;

for my $seed ($first .. $first + $count - 1) {
	my $topo = Lawful::topology($seed);
	subtest "seed $seed" => sub {
		my $run = $seed < $first + $in_machines ?
			boot(options => ['--iommu', 'none'], words => ['units=model', "topo=$topo"]) :
			process("topo=$topo", 'fuzz=300');
		ends_with($run, 0, 'PASS');
		diag("topo=$topo") if $run->{status};
		unlike($run->{log}, qr/breaks a rule of the specification/, 'the units are lawful');
		is_deeply([map { "$_->{id} [$_->{where}]" } grep { !$_->{ok} } @{ $run->{results} }], [], 'nothing fails');
	};
}
done_testing();
