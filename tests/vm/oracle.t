#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# QEMU's own trace as an independent witness: the root tables, descriptors and faults that our log
# claims (word "trace") are those that QEMU saw, in the same order, no more and no fewer.
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers in hexadecimal
use FindBin;
use lib $FindBin::Bin;
use VM;

# Left out: tests that read the fault record registers themselves, past the code that traces.
my $trace = scratch_file('trace', '');
my $run = boot(words => ['trace', 'tests=sm.*,legacy.*,fault.*', 'skip=fault.record*,fault.overflow*'],
	qemu => ['-trace', 'vtd_*', '-D', $trace]);
cmp_ok($run->{status}, '<=', 1, 'the run ends with a verdict') or VM::show($run->{output});

my (%claimed, %seen);
for (split /\n/, $run->{log}) {
	my ($what, $rest) = /^# trace unit 0 (\w+) (.*)/ or next;
	if ($what eq 'root') {
		# QEMU knows two modes only: bit 0 of TTM is its scalable-mode bit.
		my ($root, $ttm) = $rest =~ /^(\w+) TTM (\d)/;
		push @{ $claimed{roots} }, "$root " . ($ttm & 1 ? 'scalable' : 'legacy');
	} elsif ($what eq 'descriptor') {
		my ($low, $high) = map { hex } split ' ', $rest;
		push @{ $claimed{descriptors} }, sprintf('%x %x', $low, $high);
	} elsif ($what eq 'fault') {
		my ($sid, $reason, $address) = $rest =~ /^sid (\w+) reason (\w+) address (\w+)/;
		push @{ $claimed{faults} }, sprintf('sid %x reason %x address %x', map { hex } $sid, $reason, $address);
	}
}

open my $file, '<', $trace or die "$trace: $!";
while (<$file>) {
	if (/vtd_reg_dmar_root addr 0x(\w+) scalable (\d)/) {
		push @{ $seen{roots} }, "$1 " . ($2 ? 'scalable' : 'legacy');
	} elsif (/vtd_inv_desc invalidate desc type .* high 0x(\w+) low 0x(\w+)/) {
		push @{ $seen{descriptors} }, "$2 $1";
	} elsif (/vtd_frr_new index \d+ high 0x(\w+) low 0x(\w+)/) {
		my ($high, $low) = (hex $1, hex $2);
		push @{ $seen{faults} }, sprintf('sid %x reason %x address %x',
			$high & 0xffff, $high >> 32 & 0xff, $low & ~0xfff);
	}
}

# QEMU 7.2 traces no descriptor of types 6 and 7, 10.0 none of type 7.
my %traced = map { (hex($_) & 0xf) => 1 } map { /^(\w+)/ } @{ $seen{descriptors} };
@{ $claimed{descriptors} } = grep { /^(\w+)/; my $type = hex($1) & 0xf; $traced{$type} || ($type != 6 && $type != 7) }
	@{ $claimed{descriptors} };

SKIP: {
	skip 'this QEMU was built without a trace log', 3 unless $seen{roots};
	for (qw(roots descriptors faults)) {
		my $count = @{ $seen{$_} // [] };
		ok($count > 0, "QEMU saw $count $_");
		is_deeply($claimed{$_}, $seen{$_}, "our $_ are the ones that QEMU saw");
	}
}
done_testing();
