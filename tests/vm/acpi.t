#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Broken ways from the root pointer to the tables. qboot hands on what it was given; SeaBIOS would
# replace a broken root pointer by one of its own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Firmware;

my $dmar = dmar({}, drhd(UNIT_BASE, INCLUDE_ALL));

sub broken {
	my ($name, $text, %change) = @_;
	subtest $name => sub {
		my $run = boot(words => ['tests=dmar.*'], qemu => ['-bios', 'qboot.rom', firmware([$dmar], %change)]);
		ends_with($run, 3, 'NOTHING TESTED');
		says($run, $text);
	};
}

subtest 'the good twin' => sub {
	ends_with(boot(words => ['tests=dmar.*'], qemu => ['-bios', 'qboot.rom', firmware([$dmar])]), 0, 'PASS');
};

broken('RSDP with a wrong checksum', qr/RSDP.*checksum/, rsdp => sub { $_[0] });
broken('RSDP without its signature', qr/RSDP/, rsdp => sub { $_[0] =~ s/RSD PTR /RSD PTX /r });
broken('XSDT with a wrong checksum', qr/XSDT.*checksum/, xsdt => sub { $_[0] });
broken('XSDT of length 8', qr/XSDT.*length 8/, xsdt => sub { $_[0] =~ s/^(XSDT).{4}/$1\x08\0\0\0/sr });
broken('XSDT of 4 GiB', qr/XSDT.*length 4294967295/, xsdt => sub { $_[0] =~ s/^(XSDT).{4}/$1\xff\xff\xff\xff/sr });
broken('XSDT with another name', qr/XSDT.*signature/, xsdt => sub { $_[0] =~ s/^XSDT/XSDX/r });

# Boards with hundreds of SSDTs list the DMAR table behind all of them.
subtest '300 tables before it' => sub {
	my $run = boot(words => ['tests=dmar.*,cap.stable'], qemu => [firmware([(table('SSDT', 1, '')) x 300, $dmar])]);
	ends_with($run, 0, 'PASS');
	is(result($run, 'cap.stable'), 'ok', 'the unit is found');
};

subtest 'no root pointer at all' => sub {
	my $run = boot(words => ['tests=dmar.*'], qemu => ['-bios', 'qboot.rom', '-machine', 'acpi=off']);
	ends_with($run, 3, 'NOTHING TESTED');
	says($run, qr/no ACPI root pointer.*--boot iso/);
};

done_testing();
