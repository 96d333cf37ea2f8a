#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The report finds a serial port where there is one, and says which it writes to.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub written {
	my ($name, $device, $text, @words) = @_;
	subtest $name => sub {
		my $run = boot(env => { QEMU => "$FindBin::Bin/elsewhere-qemu", SERIAL => $device },
			words => ['tests=dmar.checksum', 'known=none', @words]);
		ends_with($run, 0, 'PASS');
		says($run, qr/^# serial: \Q$text\E\r?$/m);
	};
}

written('COM1', 'isa-serial', 'COM1 (port 3f8)');
written('COM1, named', 'isa-serial', 'port 3f8, as serial= says', 'serial=3f8');
written('COM2', 'isa-serial,iobase=0x2f8,irq=3', 'COM2 (port 2f8), none at 3f8');
written('on PCI', 'pci-serial,addr=7', 'PCI 00:07.0 (port c000), none at 3f8 and 2f8');
written('at another port', 'isa-serial,iobase=0x2e8,irq=5', 'port 2e8, as serial= says', 'serial=2e8');
written('named, and not there', 'isa-serial', 'COM1 (port 3f8); none at 2f8, as serial= says', 'serial=2f8');
done_testing();
