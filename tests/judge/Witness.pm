# SPDX-License-Identifier: MIT
# Units outside the guest: does the kernel's log say what their server saw? Two counts of the same thing, by two
# programs; where they differ, one of them is wrong, and so may be any result.
package Witness;
use strict;
use warnings;

# What the kernel counted, {unit}{dwords, faults, descriptors}: each boot has lines of its own.
sub of_log {
	my ($bytes) = @_;
	my %sum;
	while ($bytes =~ /^# witness: unit (\d+), (\d+) dwords, (\d+) faults, (\d+) descriptors\r?$/mg) {
		my ($unit, @counts) = ($1, $2, $3, $4);
		$sum{$unit}{$_} += shift @counts for qw(dwords faults descriptors);
	}
	return \%sum;
}

# What the server's report says of each unit.
sub of_report {
	my ($path) = @_;
	my %seen;
	open my $file, '<', $path or return undef;
	while (<$file>) {
		$seen{$1}{dwords} = $2 if /^unit (\d+) reads \d+ writes \d+ dwords (\d+)$/;
		$seen{$1}{faults} = $2 - $3 if /^unit (\d+) faults (\d+) lost (\d+)$/;
		$seen{$1}{live} = $2 if /^unit (\d+) pasids .* live (\d+)$/;
		$seen{$1}{descriptors} += $2 if /^unit (\d+) descriptors \S+ (\d+)$/;
	}
	return \%seen;
}

# The first thing that does not fit, in words; undef if all does.
sub contradiction {
	my ($bytes, $path) = @_;
	my $seen = of_report($path) or return 'the unit server left no report';
	my $told = of_log($bytes);
	return 'the log says nothing of units outside' if !%$told;
	for my $unit (sort { $a <=> $b } keys %$told) {
		my ($ours, $theirs) = ($told->{$unit}, $seen->{$unit} // {});
		return "unit $unit: the kernel counted $ours->{dwords} dwords of registers, the server " .
			($theirs->{dwords} // 'none') if $ours->{dwords} != ($theirs->{dwords} // -1);
		# Tests that look at records themselves take some that are not counted, and write to the queue.
		for my $what (qw(faults descriptors)) {
			return "unit $unit: the kernel counted $ours->{$what} $what, the server " . ($theirs->{$what} // 0)
				if $ours->{$what} > ($theirs->{$what} // 0);
		}
		return "unit $unit: $theirs->{live} PASIDs are still out" if $theirs->{live};
	}
	return undef;
}

1;
