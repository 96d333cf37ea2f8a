#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# DMAR tables that name units which are not there, alone and beside a real one.
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers in hexadecimal
use FindBin;
use lib $FindBin::Bin;
use VM;
use Firmware;

subtest 'a hole that reads 0' => sub {
	my $run = boot(words => ['tests=dmar.*'], options => ['--iommu', 'none'],
		qemu => [firmware([dmar({}, drhd(HOLE, INCLUDE_ALL))])]);
	ends_with($run, 1, 'FAIL');
	says($run, qr/fd000000/, 'the base is named');
};

# Memory that no map lists, full of ones, stands for the bus error of real chip sets.
subtest 'a place that reads all ones' => sub {
	my $table = dmar({}, drhd(0x100000000, INCLUDE_ALL));
	my $ones = scratch_file('ones', "\xff" x (128 << 20));
	my $run = boot(words => ['tests=dmar.*'], options => ['--iommu', 'none'], qemu => [
		'-m', '256M,slots=1,maxmem=1G', '-acpitable', 'file=' . scratch_file('dmar', $table),
		'-object', "memory-backend-file,id=ones,size=128M,mem-path=$ones",
		'-device', 'pc-dimm,memdev=ones,addr=0x100000000']);
	ends_with($run, 1, 'FAIL');
	says($run, qr/100000000.*(all ones|ffffffff)/, 'the base and the reason are named');
};

subtest 'beside a real unit' => sub {
	my $run = boot(words => ['tests=dmar.*,cap.stable'], qemu => [firmware([dmar({},
		drhd(HOLE, 0, scope(1, 0, [30, 0])), drhd(UNIT_BASE, INCLUDE_ALL))])]);
	ends_with($run, 1, 'FAIL');
	is(result($run, 'cap.stable'), 'ok', 'the real unit is tested');
};

subtest '100 units' => sub {
	my @absent = map { drhd(HOLE + ($_ << 12), 0, scope(1, 200, [$_ % 32, $_ >> 5])) } 1 .. 99;
	my $run = boot(words => ['tests=dmar.*,cap.stable'],
		qemu => [firmware([dmar({}, @absent, drhd(UNIT_BASE, INCLUDE_ALL))])]);
	ends_with($run, 1, 'FAIL');
	says($run, qr/100 units/, 'all are counted');
	is(result($run, 'cap.stable'), 'ok', 'the last one, which is there, is tested');
};

# Everything that is found is kept, up to what no system goes beyond; what does not fit is no platform to judge.
sub absent { return map { drhd(HOLE + ($_ << 12), 0, scope(1, $_ >> 5, [$_ % 32, 0])) } 1 .. $_[0] }
sub rhsa { return structure(3, pack('x4 Q< V', @_)) }

subtest '1,024 units' => sub {
	my $run = boot(words => ['tests=dmar.*,cap.stable'], qemu => [firmware([dmar({}, absent(1023),
		drhd(UNIT_BASE, INCLUDE_ALL), (map { rhsa(HOLE + ($_ << 12), 0) } 1 .. 1023), rhsa(UNIT_BASE, 0))])]);
	ends_with($run, 1, 'FAIL');
	says($run, qr/1024 units/, 'all are counted');
	is(result($run, 'cap.stable'), 'ok', 'the last one, which is there, is tested');
	is(result($run, 'dmar.rhsa-missing'), 'ok', 'its RHSA is found, too');
};

sub too_much {
	my ($name, $what, @structures) = @_;
	subtest $name => sub {
		my $run = boot(words => ['tests=cap.stable'], qemu => [firmware([dmar({}, @structures)])]);
		ends_with($run, 2, 'COULD NOT RUN');
		says($run, qr/the DMAR table is too large to judge: .*$what/);
	};
}

my $unit = drhd(UNIT_BASE, INCLUDE_ALL);
too_much('1,025 units', 'more than 1024 DRHD structures', absent(1024), $unit);
too_much('1,025 RHSA', 'more than 1024 RHSA structures', $unit, map { rhsa(UNIT_BASE, 0) } 1 .. 1025);
too_much('8,193 device scopes', 'more than 8192 device scopes',
	(map { drhd(HOLE + ($_ << 12), 0, (scope(1, $_, [1, 0])) x 4097) } 1, 2), $unit);

subtest '64 modelled units beside the real one' => sub {
	my $run = boot(words => ['topo=sm*64', 'tests=cap.stable']);
	ends_with($run, 2, 'COULD NOT RUN');
	says($run, '65 units answer, more than the 64 this program can judge');
	ends_with(boot(words => ['topo=sm*63', 'tests=cap.stable']), 0, 'PASS');
};

done_testing();
