#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The report finds a serial port where there is one, and says which it writes to.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub written {
	my ($name, $device, $text, $words, @qemu) = @_;
	subtest $name => sub {
		my $run = boot(env => { QEMU => "$FindBin::Bin/elsewhere-qemu", SERIAL => $device },
			words => ['tests=dmar.checksum', 'known=none', @{ $words // [] }], qemu => \@qemu);
		ends_with($run, 0, 'PASS');
		says($run, qr/^# serial: \Q$text\E\r?$/m);
	};
}

written('COM1', 'isa-serial', 'COM1 (port 3f8)');
written('COM1, named', 'isa-serial', 'port 3f8, as serial= says', ['serial=3f8']);
written('COM2', 'isa-serial,iobase=0x2f8,irq=3', 'COM2 (port 2f8), none before');
written('COM3', 'isa-serial,iobase=0x3e8,irq=4', 'COM3 (port 3e8), none before');
written('COM4', 'isa-serial,iobase=0x2e8,irq=3', 'COM4 (port 2e8), none before');
written('on PCI', 'pci-serial,addr=7', 'PCI 00:07.0 (port c000), no COM port');
written('at another port', 'isa-serial,iobase=0x1e8,irq=5', 'port 1e8, as serial= says', ['serial=1e8']);
written('named, and not there', 'isa-serial', 'COM1 (port 3f8); none at 2f8, as serial= says', ['serial=2f8']);

# SPCR with a 16550 at that address.
sub spcr {
	my ($space, $width, $address) = @_;
	my $body = pack('C x3 C C C C Q< x32', 0, $space, $width, 0, 1, $address);
	return ('-acpitable', 'sig=SPCR,rev=2,data=' . scratch_file('spcr', $body));
}
written('where SPCR says', 'isa-serial,iobase=0x1e8,irq=5', 'port 1e8, as SPCR says', [], spcr(1, 8, 0x1e8));
written('where SPCR says nothing is', 'isa-serial', 'COM1 (port 3f8)', [], spcr(1, 8, 0x1e8));

# DBG2 with one 16550, whose one address is in that space.
sub dbg2 {
	my ($space, $width, $address) = @_;
	my $device = pack('C v C v v v v v v x2 v v', 0, 38, 1, 0, 0, 0, 0, 0x8000, 0, 22, 34)
		. pack('C C C C Q<', $space, $width, 0, 1, $address) . pack('V', 8);
	return ('-acpitable', 'sig=DBG2,rev=0,data=' . scratch_file('dbg2', pack('V V', 44, 1) . $device));
}
written('where DBG2 says', 'isa-serial,iobase=0x1e8,irq=5', 'port 1e8, as DBG2 says', [], dbg2(1, 8, 0x1e8));
written('a COM port goes before DBG2', 'isa-serial', 'COM1 (port 3f8)', [], dbg2(1, 8, 0x1e8));
done_testing();
