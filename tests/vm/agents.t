#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Devices that do DMA: whichever of them a test takes, its verdict is the same.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# So many results at least are not skipped with one agent alone, in scalable and in legacy mode.
my %least = ('iommu-testdev' => [500, 300], 'nvme' => [550, 330], 'xhci' => [590, 360], 'ahci' => [590, 360]);

sub boot_with {
	my ($qemu, $agent, @more) = @_;
	my $run = boot(options => ['--agent', $agent, @more], env => { QEMU => $qemu->{command} });
	ends_with($run, 0, 'PASS') if $run->{output} !~ /has no such device/;
	return $run;
}

# What one agent alone makes of the tests, beside what edu does.
sub compare_alone {
	my ($edu, $qemu, $agent, $unit) = @_;
	my $alone = boot_with($qemu, $agent, '--unit', $unit);
	plan skip_all => "has no $agent" if $alone->{output} =~ /has no such device/;
	my %known = map { $_ => 1 } ids($edu);
	my @done = grep { !/^skipped/ } ids($alone);
	is_deeply([grep { !$known{$_} } @done], [], 'what is not skipped has the verdict that it has with edu');
	cmp_ok(scalar @done, '>', $least{$agent}[$unit eq 'legacy'], @done . ' results are not skipped');
}

for my $qemu (qemus()) {
	for my $unit ('scalable', 'legacy') {
		subtest "QEMU $qemu->{version}, $unit" => sub {
			my $edu = boot_with($qemu, 'edu', '--unit', $unit);
			for my $agent (sort keys %least) {
				subtest $agent => sub { compare_alone($edu, $qemu, $agent, $unit) };
			}
			my $default = boot(options => ['--unit', $unit], env => { QEMU => $qemu->{command} });
			is_deeply([ids($default)], [ids($edu)], 'the cheapest ones do what edu does alone');
			cmp_ok(length $default->{log}, '<', 60 * 11520, 'the log takes less than a minute at 115200 baud');
		};
	}
}

subtest 'all of them on one machine' => sub {
	my $run = boot(options => ['--agent', 'all'], words => ['tests=legacy.write,isolation.*']);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# agent \d+: $_ /m) for 'edu', 'nvme', 'xhci', 'ahci';
};

subtest 'an agent that nobody knows' => sub {
	my $run = boot(words => ['agent=none']);
	ends_with($run, 2, 'agent=none: known are all edu iommu-testdev outside nvme xhci ahci');
};

subtest 'the word chooses among those that are there' => sub {
	my $run = boot(words => ['agent=iommu-testdev', 'tests=legacy.write'], options => ['--agent', 'edu']);
	ends_with($run, 3);
	says($run, 'no DMA agent (iommu-testdev) found');
};
done_testing();
