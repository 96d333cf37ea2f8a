#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# What a user of run.sh can get wrong, and a machine that never says a word.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub refused {
	my ($options, $text, %more) = @_;
	subtest "@$options $text" => sub {
		ends_with(boot(options => $options, words => ['tests=dmar.checksum'], %more), 2, $text);
	};
}

refused(['--boot', 'floppy'], '--boot floppy: pvh, iso, iso-uefi or efi');
refused(['--accel', 'magic'], '--accel magic: tcg or kvm');
refused(['--timeout', '1h'], '--timeout 1h: a number of seconds');
refused(['--timeout'], '--timeout', words => []);
refused(['--verbose'], 'unknown option --verbose');
refused(['--iommu', 'warp=on'], 'warp');
refused(['--iommu', 'dma-drain=off'], 'dma-drain');
refused(['--edu', 'bus=nowhere'], 'nowhere');
refused([], 'cannot run QEMU: /nonexistent/qemu', env => { QEMU => '/nonexistent/qemu' });
refused(['--log', '/proc/no/log'], 'cannot write the log');

SKIP: {
	skip 'there is /dev/kvm', 1 if -e '/dev/kvm';
	refused(['--accel', 'kvm'], '--accel kvm: there is no /dev/kvm on this machine');
}

subtest 'a machine that hangs' => sub {
	my $run = boot(options => ['--timeout', 2], qemu => ['-S']);
	ends_with($run, 4, 'time-out after 2 s');
};

subtest 'a test that ends QEMU 7.2 itself: its assertion is shown' => sub {
	my $run = boot(words => ['tests=reg.wide-write-fectl']);
	ends_with($run, 4, qr/assert.*CRASH  no end line.*status 134/si);
};

subtest 'help' => sub {
	like(scalar qx(./run.sh --help), qr/exit status: 0 pass/, 'tells the exit statuses');
	is($?, 0, 'is no failure');
};

done_testing();
