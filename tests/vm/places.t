#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The device that does DMA at other places of the PCI tree: behind bridges of both kinds, and on the
# upper half of the bus, for which scalable mode has a root entry half of its own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my @here = ids(boot(options => ['--edu', 'addr=0x1'])); # alone, as below

sub moved {
	my ($name, $edu, @qemu) = @_;
	subtest $name => sub {
		my $run = boot(options => ['--edu', $edu], qemu => \@qemu);
		ends_with($run, 0, 'PASS');
		my @skipped = grep { /^skipped (legacy|sm|isolation)\./ } ids($run);
		my @skipped_here = grep { /^skipped (legacy|sm|isolation)\./ } @here;
		cmp_ok(scalar @skipped, '<=', scalar @skipped_here, 'no DMA test is lost');
	};
}

moved('device 1eh, devfn f0h', 'addr=0x1e');
moved('behind a PCI Express root port', 'bus=rp', '-device', 'pcie-root-port,id=rp,chassis=1');
moved('behind a PCI bridge', 'bus=bridge,addr=2', '-device', 'pci-bridge,id=bridge,chassis_nr=1');
moved('behind two bridges', 'bus=inner,addr=3', '-device', 'pcie-pci-bridge,id=outer',
	'-device', 'pci-bridge,id=inner,bus=outer,addr=1,chassis_nr=2');
done_testing();
