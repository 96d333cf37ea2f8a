#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# USB host controllers move the data on machines without edu: one or several, wherever they sit, with something plugged
# in or not. Firmware's use of them is ended; without a word they are left alone. (tests/vm/agents.t compares with edu.)
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# A machine with such controllers, and nothing else that does DMA.
sub boot_usb {
	my ($devices, %more) = @_;
	return boot(%more, options => ['--edu', 'none', @{ $more{options} // [] }], qemu => [map { ('-device', $_) } @$devices]);
}

my $some = 'tests=legacy.*,isolation.*,fault.*';

subtest 'alone' => sub {
	my $run = boot_usb(['qemu-xhci'], words => ['agent=xhci', $some]);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# agent 0: xhci 0000:00:01\.0 behind unit 0, source-id 0008$/m);
	is(result($run, $_), 'ok', $_) for 'legacy.write', 'legacy.read', 'legacy.pass-through-write', 'legacy.pass-through-read',
		'legacy.page-2m-offset', 'isolation.legacy-no-context-read', 'isolation.legacy-no-context-write',
		'fault.legacy-context-not-present', 'fault.record-reserved';
	is(result($run, $_), 'skipped', "$_: it moves 16 bytes") for 'legacy.first-byte-write', 'legacy.page-crossing-write',
		'fault.record-first-page';
	unlike($run->{log}, qr/^# note: xhci/m, 'it has nothing to complain of');
};

subtest 'with what firmware has started' => sub {
	my @devices = ('qemu-xhci,id=x', 'usb-kbd,bus=x.0', 'usb-tablet,bus=x.0');
	my $run = boot_usb(\@devices, words => ['agent=xhci', $some]);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# entry: xhci 0000:00:01\.0 was left running: halted and reset$/m);
	is_deeply([ids($run)], [ids(boot_usb(['qemu-xhci'], words => ['agent=xhci', $some]))], 'and all is as without');
};

subtest 'without the word nothing is done' => sub {
	my $run = boot_usb(['qemu-xhci,id=x', 'usb-kbd,bus=x.0'], words => ['tests=legacy.*,cap.*']);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# note: xhci 0000:00:01\.0 would move data with agent=xhci$/m);
	is(result($run, 'legacy.write'), 'skipped', 'nothing moves data');
	unlike($run->{log}, qr/was left running/, 'it is left as it was');
};

subtest 'several, one behind a root port' => sub {
	my $run = boot_usb(['pcie-root-port,id=p1,chassis=1,addr=5', 'qemu-xhci,bus=p1', 'qemu-xhci,addr=12.0', 'nec-usb-xhci'],
		words => ['agent=xhci', $some]);
	ends_with($run, 0, 'PASS');
	my @ids = $run->{log} =~ /^# agent \d: xhci \S+ behind unit 0, source-id (\w+)$/mg;
	is_deeply(\@ids, ['0008', '0090', '0100'], 'each has its own source-id') or diag("@ids");
	is(result($run, $_), 'ok', $_) for 'isolation.legacy-two-devices', 'fault.record-two-sources';
};

subtest 'behind a bridge to conventional PCI: its source-id' => sub {
	my $run = boot_usb(['pcie-pci-bridge,id=b1,addr=5', 'qemu-xhci,bus=b1,addr=1'], words => ['agent=xhci', $some]);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# agent 0: xhci \S+ behind unit 0, source-id 0100$/m);
};

subtest 'after UEFI firmware' => sub {
	my $run = boot_usb(['qemu-xhci,id=x', 'usb-kbd,bus=x.0'], options => ['--boot', 'efi'], words => ['agent=xhci', $some]);
	ends_with($run, 0, 'PASS');
	is(result($run, 'legacy.write'), 'ok', 'it moves data');
};
done_testing();
