#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Extended interrupts: with an x2APIC processor and EIM, what is remapped and what the unit itself sends is
# received in that format. A QEMU whose processor has no x2APIC says so.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my @words = ('x2apic', 'tests=ir.*,event.*');

sub boot_x2apic {
	my ($qemu, $unit, @more) = @_;
	return boot(options => ['--iommu', $unit], words => [@words, @more], qemu => ['-cpu', 'max,+x2apic'],
		env => { QEMU => $qemu->{command} });
}

for my $qemu (qemus()) {
	subtest "QEMU $qemu->{version}" => sub {
		my $run = boot_x2apic($qemu, 'eim=on');
		if ($run->{output} =~ /eim=on requires/) {
			is($run->{status}, 2, 'a QEMU that cannot says so');
			return;
		}
		ends_with($run, 0, 'PASS');
		says($run, qr/^ok \d+ - ir\.request \[unit 0\]/m, 'a request arrives');
		says($run, qr/^ok \d+ - ir\.pin-level \[unit 0\]/m, 'a pin\'s, too');
		ends_with(boot_x2apic($qemu, 'none', 'units=model', 'topo=all'), 0, 'PASS');
	};
}

subtest 'a processor without it' => sub {
	my $run = boot(words => \@words, qemu => ['-cpu', 'qemu64,-x2apic']);
	is($run->{status}, 2, 'could not run');
	says($run, 'x2apic: the processor has none');
};
done_testing();
