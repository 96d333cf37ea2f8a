#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# What a person before the machine sees: failures while the run goes on, its last page, and the log by keys.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Screen;

plan skip_all => 'no UEFI firmware in /usr/share/ovmf/OVMF.fd' if !-r '/usr/share/ovmf/OVMF.fd';
plan skip_all => 'no mtools here' if system('command -v mcopy >/dev/null');
system('make', '-s', 'build/vtdcheck.img') == 0 or die 'no stick';

my ($good, $bad) = ('tests=cap.*,firmware.*', 'tests=cap.*,reg.iq*,firmware.*');
my @small = ('-global', 'VGA.xres=800', '-global', 'VGA.yres=600');

subtest 'what failed, on a small screen; a key switches the machine off' => sub {
	my $machine = start_machine(words => [$bad, 'known=none'], qemu => \@small);
	ok($machine->comes_to_end(120), 'the run ends') or return;
	like(($machine->row(qr/^Off in 60 seconds/))[0], qr/now at a key/, 'keys are told');
	is(($machine->row(qr/^FAIL$/))[1], 'red', 'in red');
	like(($machine->row(qr/^  reg\.iqa \[unit 0\]: /))[0], qr/\.\.\.$/, 'as much of it as there is room for');
	$machine->row($_) for qr/^vtdcheck \S/, qr/^Not tested: firmware$/, qr/^Log: COM1 \(port 3f8\)$/, qr/^Next: /;
	my @rows = $machine->rows;
	is(scalar @rows, 37, '37 rows');
	is((grep { $_->[1] eq 'red' } @rows), 1 + (() = $machine->log =~ /^not ok/mg), 'all that failed, and nothing else, is red');
	is((grep { $_->[0] =~ /\?/ } @rows), 0, 'every character is one');
	$machine->press('spc');
	ok($machine->goes_off(20), 'it is off');
};

subtest 'nothing failed, and the log by keys' => sub {
	my $machine = start_machine(words => [$good, 'page']);
	ok($machine->comes_to_end(120), 'the run ends') or return;
	$machine->row(qr/^Page Up\/Down, Home, End: the log\./);
	is(($machine->row(qr/^PASS$/))[1], 'green', 'in green');
	$machine->press('home');
	is(($machine->row(qr/^TAP version 14$/))[1], 'white', 'its first row');
	$machine->row(qr/^rows 1 to 49 of \d+; Page/);
	$machine->press('pgdn');
	$machine->row(qr/^rows 49 to 97 of \d+; Page/);
	$machine->press('pgup');
	$machine->row(qr/^rows 1 to 49 of \d+; Page/);
	$machine->press('end');
	$machine->row(qr/^# end crc32/);
	$machine->press('x');
	$machine->row(qr/^# end crc32/);
	$machine->press('q');
	ok($machine->goes_off(20), 'q switches it off');
};
done_testing();
