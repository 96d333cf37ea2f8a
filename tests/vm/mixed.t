#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The word mixed: every way of bringing a platform up on every kind of platform, and the stories that
# must be told by name.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my @STORIES = (
	# the flag is cleared after scalable mode was latched
	['late-disable.default-live', 'BLOCKED (SCT.2)'],
	['late-disable.vcmd-silent', 'BLOCKED (SCT.2)'],
	# unit by unit
	['per-unit-loop.vcs/vcmd-silent', 'SPLIT'],
	['per-unit-loop.sm/legacy', 'SPLIT'],
	['per-unit-loop.vcs/sm', 'MISDIRECTED'],
	# SVA off alone is legal
	['sva-off.vcmd-silent', 'OK'],
	['sva-off.default-live', 'OK'],
	# down after boot
	['downgrade-after-boot.sm/sm', 'OK'],
	['downgrade-without-drain.sm', 'LEAKED'],
	['downgrade-without-root.sm', 'BLOCKED'],
	['downgrade-without-context.sm', 'BLOCKED (LCT.2)'],
	['downgrade-without-srtp.sm', 'LEAKED'],
	['downgrade-without-iotlb.keeps-caches', 'LEAKED'],
	# the right way
	['plan-first.vcmd-silent', 'REFUSED'],
	['plan-first.vcmd-pasid-0', 'REFUSED'],
	['plan-first.sm/legacy', 'OK'],
	['plan-first.sm*64', 'OK'],
	['plan-first.real/sm', 'OK'],
);

# What the log says of a pair below its result; "OK" if nothing.
sub told {
	my ($run, $pair) = @_;
	return $run->{log} =~ /^ok \d+ - mixed\.\Q$pair\E\r?\n(?:#   ([A-Z]+(?: \([A-Z.0-9]+\))?)[:,])?/m
		? $1 // 'OK' : 'no such result';
}

# The matrix: its rows, and all of it from the legend to the sentences below.
sub rows { return grep { /^# \S+ +\|(?:[ !][.rBSML][ *]|   )+\|/ } split /\r?\n/, $_[0]{log} }
sub matrix { return split /\r?\n/, $_[0]{log} =~ s/\A.*(?=^# matrix)//msr =~ s/^# verdict.*//msr }

subtest 'the matrix' => sub {
	my $run = boot(words => ['mixed']);
	ends_with($run, 0, 'PASS');
	for (@STORIES) {
		my ($pair, $outcome) = @$_;
		my $told = told($run, $pair);
		ok($told =~ /^\Q$outcome\E/, "$pair: $outcome") or diag("told: $told");
	}
	cmp_ok(scalar(results_of($run, qr/^mixed\.plan-first\./)), '>=', 24, 'at least 24 topologies');
	my @harmed = grep { told($run, $_) !~ /^(OK|REFUSED)$/ }
		map { $_->{id} =~ s/^mixed\.//r } results_of($run, qr/^mixed\.plan-first\./);
	is_deeply(\@harmed, [], 'plan-first harms nobody');
	cmp_ok(scalar(rows($run)), '>=', 30, 'a row for every topology');
	is_deeply([grep { length > 80 } matrix($run)], [], 'no line of the matrix is longer than 80 columns');
	says($run, qr/^# vcmd-silent +\| r  B  \.  \.  \.  r \| +\|\r?$/m);
	ok($run->{log} !~ /^# ! \S+ on /m, 'no sentence, for no cell is bad');
	says($run, qr/^# bench 0 writes before [1-9]\d* decisions/m);
	says($run, '300 cases of seed=1');
};

subtest 'another seed' => sub {
	my $run = boot(words => ['mixed', 'tests=mixed.property.*', 'seed=20261122']);
	ends_with($run, 0, 'PASS');
	says($run, 'seed=20261122');
};

subtest 'no real unit' => sub {
	my $run = boot(options => ['--iommu', 'none'], words => ['mixed', 'tests=mixed.*/legacy']);
	ends_with($run, 0, 'PASS');
	is(result($run, 'mixed.plan-first.real/legacy'), 'skipped', 'pairs of the real unit are skipped');
	is(result($run, 'mixed.plan-first.sm/legacy'), 'ok', 'the others are not');
};

subtest 'a real unit without scalable mode' => sub {
	my $run = boot(options => ['--iommu', 'x-scalable-mode=off'], words => ['mixed', 'tests=*.real/*']);
	is(result($run, 'mixed.plan-first.real/sm'), 'skipped', 'is skipped');
	says($run, 'ECAP.SMTS (bit 43)');
};

# A modelled unit in the real one's place: no QEMU has a unit with virtual commands. The pool holds so few
# PASIDs that a row which does not give its own back leaves none for the last.
subtest 'a real unit with virtual commands' => sub {
	my @words = ('mixed', 'units=model', 'tests=mixed.*.real/*');
	my $run = boot(options => ['--iommu', 'none'], words => [@words, 'topo=sm+vcs+pasids=6']);
	ends_with($run, 0, 'PASS');
	is(scalar(results_of($run, qr/./)), 21, 'every row of it');
	is(told($run, 'plan-first.real/sm'), 'OK', 'committed through VCMD');
	unlike($run->{log}, qr/# SKIP/, 'none is skipped');
	$run = boot(options => ['--iommu', 'none'], words => [@words, 'topo=sm+vcs+defect=rid_pasid_ignored']);
	ends_with($run, 1, 'FAIL');
	is(result($run, 'mixed.plan-first.real/sm'), 'not ok', 'a PASID from VCMD leads DMA as RID_PASID');
	says($run, qr/^# real\/sm +\|![A-Z]/m, 'the cell is marked');
	says($run, qr/^# ! plan-first on real\/sm: [A-Z]+.*, not [A-Z]+.*: ./m, 'a sentence tells of it');
	$run = boot(options => ['--iommu', 'none'], words => [@words, 'topo=sm+vcs-draft']);
	says($run, 'VCMD is not of revision 3.3');
	ends_with(boot(words => [@words, 'topo=sm*2']), 2, 'one unit in the real one');
};

# Nothing is wrong with them, so there must be a plan.
sub has_plan {
	my ($name, $options, $words, @says) = @_;
	subtest $name => sub {
		my $run = boot(options => $options, words => [@$words, 'tests=mixed.platform-*']);
		ends_with($run, 0, 'PASS');
		is(result($run, 'mixed.platform-plan'), 'ok', 'there is a plan');
		says($run, $_) for @says;
	};
}

has_plan('a unit that does not translate', ['--iommu', 'dma-translation=off'], [],
	'plan of an operating system: no translation, 1 unit', 'DMA behind it passes as it is');
has_plan('pass-through only, beside a good one', [], ['units=model', 'topo=sm,sm-ssts+sagaw=0+ver=6.0'],
	'scalable mode, 2 units, 1 translating');
has_plan('PASIDs that are not taken back', [], ['units=model', 'topo=sm+vcs-fps'],
	'SVA off (unit 0 (fcc0000000) lacks VCCAP.FPS (bit 2))');
has_plan('3 levels and 4', [], ['units=model', 'topo=legacy+sagaw=2+mgaw=38,legacy+sagaw=4'],
	'units 0 and 1 have no depth in common');
has_plan('firmware that remaps no interrupts', ['--iommu', 'intremap=off'], ['topo=legacy'],
	'no interrupt remapping (DMAR flag INTR_REMAP is clear)');

subtest 'what makes no sense' => sub {
	ends_with(boot(words => ['mixed', 'topo=sm']), 2, 'topologies of its own');
	ends_with(boot(words => ['mixed', 'tests=mixed.nonsense.*']), 2, 'mixed.nonsense.*');
};

done_testing();
