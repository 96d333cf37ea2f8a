#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Devices that do DMA: whichever of them a test takes, its verdict is the same.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub boot_with {
	my ($qemu, $agent, @more) = @_;
	my $run = boot(options => ['--agent', $agent, @more], env => { QEMU => $qemu->{command} });
	ends_with($run, 0, 'PASS') if $run->{output} !~ /has no such device/;
	return $run;
}

# What one agent alone makes of the tests, beside what edu does; it must be more than `least`.
sub compare_alone {
	my ($edu, $alone, $least) = @_;
	my %known = map { $_ => 1 } ids($edu);
	my @done = grep { !/^skipped/ } ids($alone);
	is_deeply([grep { !$known{$_} } @done], [], 'what is not skipped has the verdict that it has with edu');
	cmp_ok(scalar @done, '>', $least, @done . ' results are not skipped');
}

for my $qemu (qemus()) {
	for my $unit ('scalable', 'legacy') {
		subtest "QEMU $qemu->{version}, $unit" => sub {
			my $alone = boot_with($qemu, 'iommu-testdev', '--unit', $unit);
			plan skip_all => 'has no iommu-testdev' if $alone->{output} =~ /has no such device/;
			my $edu = boot_with($qemu, 'edu', '--unit', $unit);
			my $both = boot_with($qemu, 'all', '--unit', $unit);
			like($both->{log}, qr/^# agent \d+: iommu-testdev 0000:00:1d\.0 behind unit 0/m, 'both are there');
			is_deeply([ids($both)], [ids($edu)], 'both together do what edu does alone');
			compare_alone($edu, $alone, $unit eq 'legacy' ? 300 : 500);
		};
	}
}

subtest 'an agent that nobody knows' => sub {
	my $run = boot(words => ['agent=none']);
	ends_with($run, 2, 'agent=none: known are all edu iommu-testdev');
};

subtest 'the word chooses among those that are there' => sub {
	my $run = boot(words => ['agent=iommu-testdev', 'tests=legacy.write'], options => ['--agent', 'edu']);
	ends_with($run, 3);
	says($run, 'no DMA agent (iommu-testdev) found');
};
done_testing();
