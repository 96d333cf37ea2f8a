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

done_testing();
