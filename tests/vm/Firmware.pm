# SPDX-License-Identifier: MIT
# ACPI tables of our own in place of those that QEMU makes, so that they can be wrong in any way
# while the unit behind them is real. Everything is little endian, as in the ACPI specification.
package Firmware;
use strict;
use warnings;
use Exporter 'import';
use VM;

our @EXPORT = qw(table dmar drhd structure scope madt hpet mcfg firmware UNIT_BASE HOLE INCLUDE_ALL);

use constant UNIT_BASE => 0xfed90000;	# where QEMU's unit is
use constant HOLE => 0xfd000000;	# nothing is there: it reads 0
use constant INCLUDE_ALL => 1;		# DRHD flag

# The checksum byte that makes the sum of all bytes 0.
sub checksum { return -unpack('%8C*', $_[0]) & 0xff }

# An ACPI table: signature, revision, what follows the header. `length` and `checksum` override the
# header's fields; a checksum of -1 is one too much.
sub table {
	my ($signature, $revision, $body, %wrong) = @_;
	my $length = $wrong{length} // 36 + length $body;
	my $bytes = pack('a4 V C C a6 a8 V a4 V', $signature, $length, $revision, 0,
		'VTDCHK', 'VTDCHECK', 1, 'TEST', 1) . $body;
	substr($bytes, 9, 1) = pack('C', checksum(substr($bytes, 0, $length)) + ($wrong{checksum} // 0) & 0xff);
	return $bytes;
}

# dmar({ fields that differ from a good header }, structures...)
sub dmar {
	my ($header, @structures) = @_;
	my $body = pack('C C x10', ($header->{width} // 48) - 1, $header->{flags} // 1);
	return table('DMAR', $header->{revision} // 1, $body . join('', @structures), %$header);
}

# Any remapping structure; `length` overrides what its length field says.
sub structure {
	my ($type, $body, $length) = @_;
	return pack('v v', $type, $length // 4 + length $body) . $body;
}

# drhd(base, flags, scopes...)
sub drhd {
	my ($base, $flags, @scopes) = @_;
	return structure(0, pack('C C v Q<', $flags, 0, 0, $base) . join('', @scopes));
}

# scope(type, bus, [device, function, ...], length override)
sub scope {
	my ($type, $bus, $path, $length) = @_;
	return pack('C C x3 C', $type, $length // 6 + @$path, $bus) . pack('C*', @$path);
}

# The q35's local APIC and I/O APIC, its HPET, and its configuration space or other [base, segment,
# first bus, last bus].
sub madt { return table('APIC', 3, pack('V V', 0xfee00000, 1) . pack('C C C C V V', 1, 12, 0, 0, 0xfec00000, 0)) }
sub hpet { return table('HPET', 1, pack('V C C C C Q< C v C', 0x8086a201, 0, 64, 0, 0, 0xfed00000, 0, 0, 0)) }
sub mcfg { return table('MCFG', 1, "\0" x 8 . join '', map { pack('Q< v C C x4', @$_) } @_) }

# Power management timer of the q35 chip set, so that the kernel has a clock to calibrate with.
sub fadt { return table('FACP', 3, "\0" x 40 . pack('V', 0x608) . "\0" x 12 . "\4" . "\0" x 151) }

# QEMU arguments for a machine whose ACPI tables are these and a FADT. Changes to the pointers on
# the way to them: rsdp => sub { changed bytes }, xsdt => sub { changed bytes }.
sub firmware {
	my ($tables, %change) = @_;
	my ($file, @offsets) = ('');
	for (@$tables, fadt()) {
		push @offsets, length $file;
		$file .= $_ . "\0" x (-length($_) % 16);
	}
	my $xsdt_offset = length $file;
	my $xsdt = table('XSDT', 1, pack('Q<*', @offsets));
	my $rsdp = pack('a8 C a6 C V V Q< C x3', 'RSD PTR ', 0, 'VTDCHK', 2, 0, 36, $xsdt_offset, 0);
	my @script = (allocate('etc/acpi/rsdp', 2), allocate('etc/acpi/tables', 1),
		point('etc/acpi/rsdp', 24), map { point('etc/acpi/tables', $xsdt_offset + 36 + 8 * $_) } 0 .. $#offsets);

	# The pointers are only known when the firmware has placed the tables: it sums up then.
	push @script, sum('etc/acpi/tables', $xsdt_offset + 9, $xsdt_offset, length $xsdt) if !$change{xsdt};
	push @script, sum('etc/acpi/rsdp', 8, 0, 20), sum('etc/acpi/rsdp', 32, 0, 36) if !$change{rsdp};
	$rsdp = $change{rsdp}->($rsdp) if $change{rsdp};
	$xsdt = $change{xsdt}->($xsdt) if $change{xsdt};

	return ('-machine', 'acpi=off',
		fw_cfg('etc/acpi/tables', $file . $xsdt), fw_cfg('etc/acpi/rsdp', $rsdp),
		fw_cfg('etc/table-loader', join '', @script));
}

# Commands of the firmware's loader script, 128 bytes each.
sub allocate { my ($file, $zone) = @_; return pack('V a56 V C x63', 1, $file, 64, $zone) }
sub point { my ($file, $at) = @_; return pack('V a56 a56 V C x7', 2, $file, 'etc/acpi/tables', $at, 8) }
sub sum { my ($file, $at, $first, $bytes) = @_; return pack('V a56 V V V x56', 3, $file, $at, $first, $bytes) }

my $files = 0;
sub fw_cfg {
	my ($name, $bytes) = @_;
	return ('-fw_cfg', "name=$name,file=" . scratch_file('firmware.' . ++$files, $bytes));
}

1;
