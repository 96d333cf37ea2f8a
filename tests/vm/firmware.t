#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# How firmware handed the machine over: told always, judged only where the specification says how it must be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Firmware;

my $unit = drhd(UNIT_BASE, INCLUDE_ALL);
my $endpoint = scope(1, 0, [1, 0]);

sub rmrr { my ($base, $limit) = @_; return structure(1, pack('x2 v Q< Q<', 0, $base, $limit) . $endpoint) }

sub boot_regions {
	my ($flags, @regions) = @_;
	return boot(words => ['tests=firmware.*,dmar.rmrr-range,legacy.write'],
		qemu => [firmware([dmar({ flags => $flags }, $unit, @regions)])]);
}

subtest 'what is told' => sub {
	my $run = boot_regions(1);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# firmware: unit 0 handed over with translation off, interrupt remapping off, protected memory off$/m);
	says($run, qr/^# firmware: DMA_CTRL_PLATFORM_OPT_IN is not set; devices with bus mastering on: 0$/m);
	says($run, qr/^# firmware: DMA of edu 00:01\.0 at hand-over: open, it read a page of ours$/m);
	is(result($run, 'firmware.rmrr-reserved'), 'skipped', 'no region, nothing to judge');
};

# Firmware opts in or not, on a boot route, with more arguments for QEMU.
sub boot_flag {
	my ($flags, $route, @qemu) = @_;
	return boot(options => ['--boot', $route], words => ['tests=firmware.*,legacy.write'],
		qemu => [firmware([dmar({ flags => $flags }, $unit)]), @qemu]);
}

sub drive {
	my $image = scratch_file('drive.img', "\0" x 2**20);
	return ('-drive', "file=$image,format=raw,if=none,id=d", '-device', 'nvme,drive=d,serial=x');
}

subtest 'firmware opts in, and no device was left on' => sub {
	my $run = boot_flag(5, 'pvh');
	ends_with($run, 0, 'PASS');
	says($run, qr/^# firmware: DMA_CTRL_PLATFORM_OPT_IN is set; devices with bus mastering on: 0$/m);
	is(result($run, 'firmware.opt-in'), 'ok', 'it keeps to it');
};

subtest 'and left a controller on, of which nothing is shown' => sub {
	my $run = boot_flag(5, 'pvh', drive());
	ends_with($run, 0, 'PASS');
	says($run, qr/^# firmware: DMA_CTRL_PLATFORM_OPT_IN is set; devices with bus mastering on: 1$/m);
	says($run, qr/firmware\.opt-in # SKIP firmware opts in, and nothing shows it: unit 0 .* 0000:00:\w\w\.0 was left a bus master$/m);
};

# OVMF leaves every device on.
subtest 'and left a device on, whose DMA is shown to be open' => sub {
	my $run = boot_flag(5, 'efi');
	ends_with($run, 1, 'FAIL');
	is(result($run, 'firmware.opt-in'), 'not ok', 'it does not keep to it');
	says($run, qr/differs: +"edu 00:01\.0 was left a bus master, and read a page that is in no reserved region"$/m);
	is(result($run, 'legacy.write'), 'ok', 'the unit is not to blame');
};

subtest 'and the same device where firmware does not opt in' => sub {
	my $run = boot_flag(1, 'efi');
	ends_with($run, 0, 'PASS');
	is(result($run, 'firmware.opt-in'), 'skipped', 'nothing is promised');
};

# The machine has 256 MiB; what lies at F0000h is reserved, and so are the last pages below 4 GiB.
subtest 'a region in reserved memory' => sub {
	my $run = boot_regions(1, rmrr(0xf0000, 0xfffff), rmrr(0xfffc0000, 0xffffffff));
	is(result($run, 'firmware.rmrr-reserved'), 'ok', 'is as it should be') or diag($run->{output});
};

for (['in memory that anybody may use', 0x8000000, 0x8000fff, 'memory that anybody may use'],
	['that ends in such memory', 0xff000, 0x100fff, 'memory that anybody may use'],
	['nowhere in the map', 0x20000000, 0x20000fff, 'in no range of the memory map']) {
	my ($name, $base, $limit, $words) = @$_;
	subtest "a region $name" => sub {
		my $run = boot_regions(1, rmrr($base, $limit));
		ends_with($run, 1, 'FAIL');
		is(result($run, 'firmware.rmrr-reserved'), 'not ok', 'fails');
		says($run, qr/differs: .*in a reserved region, is \Q$words\E/);
		is(result($run, 'legacy.write'), 'ok', 'the unit is not to blame');
	};
}
done_testing();
