#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# No test is only ever skipped: what the modelled unit with everything leaves out, since it wants a bit to be absent,
# runs on one of a few others; so a test whose condition nothing meets is found.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# Each asks for what is still missing after those before it.
my @others = ('legacy-pt', 'sm+haw=44-psi-pt', 'all-zlr-sslps2m-sslps1g-ptrs+pss=9', 'all+ver=4.0-sc',
	'all+ver=6.0+irreq+eimer', 'all+ver=8.0-ers', 'all-fps-ns', 'all-pas', 'sm+vcs+pasids=1048575', 'sm+vcs+shared*2', 'legacy-qi-ir-eim',
	'legacy+rwbf+nd=2', 'sm-ssts+fsts', 'all-plmr', 'all-phmr');

# What only a machine can show: a test of these needs its tables or its chips.
my %elsewhere = map { $_ => 1 } qw(dmar.io-apics dmar.scope-devices mixed.platform-scopes firmware.rmrr-reserved firmware.opt-in),
	map { "ir.pin-$_" } qw(absent index level old-format request reserved source vector);

my (%reason, %ran);

sub run_on {
	my ($topo, @words) = @_;
	my $run = process("topo=$topo", @words);
	is_deeply([grep { !$_->{ok} && !$_->{directive} } @{ $run->{results} }], [], "$topo: nothing failed");
	for (@{ $run->{results} }) {
		$ran{ $_->{id} } = 1 if $_->{directive} ne 'SKIP';
		$reason{ $_->{id} } //= $_->{reason};
	}
}

sub missing { return grep { !$ran{$_} && !$elsewhere{$_} } sort keys %reason }

run_on('all');
cmp_ok(scalar keys %reason, '>', 1000, 'there are tests');
for my $topo (@others) {
	my @missing = missing() or last;
	my $before = @missing;
	run_on($topo, 'tests=' . join ',', @missing);
	cmp_ok(scalar missing(), "<", $before, "$topo: $before were missing before it");
}
is_deeply([map { "$_: $reason{$_}" } missing()], [], 'every test ran') or diag(join "
", missing());
done_testing();
