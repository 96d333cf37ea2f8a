#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Tables whose units are where something else is: memory, another device, each other, or nothing at
# all. QEMU tells every register that is written; guest memory lies in a file that is looked into.
# BASES_TABLES=400 draws so many tables (default 3), BASES_SEED others (default 8).
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers in hexadecimal
use FindBin;
use lib $FindBin::Bin;
use VM;
use Firmware;

use constant {
	RAM_BYTES => 256 << 20,
	ECAM => 0xb0000000,	# of q35, under SeaBIOS
	EDU_BAR => 0xfeb00000,	# where SeaBIOS puts the only BAR
};

my $real = drhd(UNIT_BASE, INCLUDE_ALL, scope(3, 0xff, [0, 0]));
my @ecam = (ECAM, 0, 0, 255);
my @tests = ('tests=dmar.*,cap.stable,legacy.write,sm.write', 'known=none');
my $files = 0;

# What a unit reads like, so that nothing but its place speaks against it: VER, CAP, ECAP.
my $looks_like_unit = pack('V V Q< Q<', 0x10, 0, 0xd2008c222f0686, 0x480080f00f4a) . "\0" x 4072;

# Registers that were written, as "name:offset"; those of the unit and of I/O ports do not count.
sub written {
	my ($file) = @_;
	my %written;
	open my $trace, '<', $file or die "$file: $!";
	while (<$trace>) {
		/^memory_region_ops_write .* addr (0x[0-9a-f]+) .* name '([^']*)'/ or next;
		$written{"$2:$1"}++ if hex $1 > 0xffff && $2 ne 'intel_iommu';
	}
	return \%written;
}

# A boot with these tables; `pages` are page numbers that are made to look like units. Returns the
# run, what was written, and which of the pages are not as they were.
sub watch {
	my ($tables, @pages) = @_;
	my $name = ++$files;
	my $ram = scratch_file("ram.$name", '');
	truncate $ram, RAM_BYTES or die "$ram: $!";
	my $page = scratch_file("page.$name", $looks_like_unit);
	my $trace = scratch_file("trace.$name", '');
	my $run = boot(words => \@tests, qemu => [
		firmware([@$tables, madt(), hpet()]),
		'-object', "memory-backend-file,id=m,size=256M,share=on,mem-path=$ram", '-machine', 'memory-backend=m',
		(map { ('-device', "loader,file=$page,force-raw=on,addr=" . $_ * 4096) } @pages),
		'-d', 'trace:memory_region_ops_write', '-D', $trace]);
	my $written = written($trace);
	open my $memory, '<:raw', $ram or die "$ram: $!";
	my @changed = grep {
		seek $memory, $_ * 4096, 0;
		read $memory, my $bytes, 4096;
		$bytes ne $looks_like_unit;
	} @pages;
	close $memory;
	unlink $ram, $trace;
	return ($run, $written, @changed);
}

my ($good, $usual) = watch([mcfg(\@ecam), dmar({}, $real)]);

sub only_usual {
	my ($written) = @_;
	is_deeply([grep { !$usual->{$_} } sort keys %$written], [], 'nothing is written that is not otherwise');
}

subtest 'the good twin' => sub {
	ends_with($good, 0, 'PASS');
	is(result($good, 'dmar.drhd-base'), 'ok', 'the base is believed');
	is(result($good, 'sm.write'), 'ok', 'the unit translates');
	ok((grep { /apic/ } keys %$usual) > 0, 'the trace tells of writes');
};

# False units before the real one, [name, base, what is there, page to watch] each: all are named and left alone,
# and the real one still works. Four at most: so many breaches of a rule are kept.
sub refused {
	my @false = @_;
	my $device = 0;
	my ($run, $written, @changed) = watch([mcfg(\@ecam), dmar({},
		(map { drhd($_->[1], 0, scope(1, 0, [30, $device++])) } @false), $real)], grep { $_ } map { $_->[3] } @false);
	for (@false) {
		my ($name, $base, $what) = @$_;
		says($run, qr/# dmar: .*base \Q@{[sprintf '%x', $base]}\E.*$what/, sprintf '%s: %x', $name, $base);
	}
	is(result($run, 'dmar.drhd-base'), 'not ok', 'dmar.drhd-base fails');
	is(result($run, 'dmar.units-answer'), 'ok', 'none was asked');
	is(result($run, 'sm.write'), 'ok', 'the real unit is tested');
	is_deeply(\@changed, [], 'memory is as it was');
	only_usual($written);
}

refused(['nowhere', 0, ''], ['half a page', 0xfed90800, ''], ['above the host width', 1 << 50, 'host address width'],
	['the last page', ~0 << 12, 'host address width']);
refused(['RAM that reads like a unit', 0x9000000, 'RAM', 0x9000], ['where the kernel is', 0x100000, 'RAM'],
	['an option ROM', 0xc0000, 'first megabyte'], ['the BIOS', 0xf0000, 'first megabyte']);
refused(['the ROM', 0xfffff000, 'ROM'], ['the HPET', 0xfed00000, 'HPET'], ['the I/O APIC', 0xfec00000, 'I/O APIC'],
	['the local APIC', 0xfee00000, 'interrupt messages']);
refused(['configuration space of a device', ECAM + 0x8000, 'configuration space'],
	['configuration space of nobody', ECAM + 0x5500000, 'configuration space'],
	['the BAR of a device', EDU_BAR, 'BAR 0 of 0000:00:'], ['in that BAR', EDU_BAR + 0x80000, 'BAR 0 of 0000:00:']);

subtest 'two units on one page' => sub {
	my ($run, $written) = watch([mcfg(\@ecam), dmar({}, drhd(UNIT_BASE, 0, scope(1, 0, [30, 0])), $real)]);
	is(result($run, 'dmar.drhd-base'), 'not ok', 'dmar.drhd-base fails');
	is(result($run, 'dmar.drhd-overlap'), 'not ok', 'dmar.drhd-overlap, too');
	says($run, 'base fed90000: unit 0 has registers there');
	is(result($run, 'sm.write'), 'ok', 'the first is tested');
	only_usual($written);
};

# Windows of configuration space for a segment that is not there: [name, address, what is said].
for (['a unit and the local APIC', UNIT_BASE, 'the window of interrupt messages is there'], ['memory', 0x9000000, 'RAM is there'],
	['the local APIC', 0xfee00000, 'the window of interrupt messages is there']) {
	my ($name, $address, $words) = @$_;
	subtest "a window over $name" => sub {
		my ($run, $written, @changed) = watch([mcfg(\@ecam, [$address, 1, 0, 0]), dmar({}, $real)], 0x9000);
		ends_with($run, 0, 'PASS');
		says($run, qr/bus 0 of segment 1 is not read at @{[sprintf '%x', $address]}: $words/);
		says($run, 'PCI configuration space of segment 1 is there, but it reads like a unit') if $address == UNIT_BASE;
		is_deeply(\@changed, [], 'memory is as it was');
		only_usual($written);
	};
}

# Tables drawn from everything there is: edges and insides of these ranges, a page or half of one off.
my @ranges = ([0, 0x100000], [0x100000, RAM_BYTES], [ECAM, ECAM + (256 << 20)], [0xfec00000, 0xfec01000],
	[0xfed00000, 0xfed01000], [UNIT_BASE, UNIT_BASE + 0x1000], [0xfee00000, 0xfef00000], [0xfffc0000, 1 << 32],
	[EDU_BAR, EDU_BAR + (1 << 20)], [1 << 40, 1 << 41], [~0 << 20, ~0 << 12]);
my $tables = $ENV{BASES_TABLES} // 3;
srand($ENV{BASES_SEED} // 8);

sub draw_base {
	my ($first, $end) = @{ $ranges[rand @ranges] };
	my $base = ($first, $end - 4096, $first + int(rand($end - $first) / 4096) * 4096)[rand 3];
	return $base + (0, 0, 0, 0, 4096, -4096, 2048)[rand 7];
}

my ($named, $absent) = (0, 0);
for my $number (1 .. $tables) {
	my @bases = map { draw_base() } 1 .. 8;
	my @pages = grep { $_ >= 0x8000 && $_ < 0xfe00 } map { $_ >> 12 } @bases;
	my ($run, $written, @changed) = watch([mcfg(\@ecam), dmar({},
		(map { drhd($bases[$_], 0, scope(1, 0, [30, $_])) } 0 .. 7), $real)], @pages);
	my @strange = grep { !$usual->{$_} } sort keys %$written;
	my $name = "table $number: " . join ' ', map { sprintf '%x', $_ } @bases;
	ok(!@strange && !@changed && result($run, 'sm.write') eq 'ok' && result($run, 'dmar.drhd-base') eq 'not ok', $name)
		or do { diag("written: @strange; changed pages: @changed"); diag($run->{output}) };
	$named += $1 if $run->{log} =~ /# platform: (\d+) units of the DMAR table are where none can be/;
	$absent += $1 if $run->{log} =~ /# platform: (\d+) units of the DMAR table do not answer/;
}
note("$tables tables with 8 false bases each: $named refused, $absent without an answer");

done_testing();
