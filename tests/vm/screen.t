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

subtest 'a machine without a serial port' => sub {
	my $machine = start_machine(words => [$good], serial => 'none');
	ok($machine->within(120, sub { grep { $_->[0] =~ /^Off in/ } $machine->rows }), 'the run ends') or return;
	$machine->row(qr/^Log: none: no UART at 3f8, 2f8, 3e8 or 2e8, on PCI or in DBG2$/);
	$machine->row(qr/^PASS$/);
};

# The file of that name on the stick.
sub on_stick { my ($machine, $name) = @_; return scalar qx(mtype -i $machine->{stick} ::/EFI/BOOT/$name 2>/dev/null) }

# What the judge says of a log.
sub judge { my ($log) = @_; my $file = scratch_file('log', $log); return scalar qx(./run.sh judge $file 2>&1) }

subtest 'the log on the stick' => sub {
	my $machine = start_machine(words => [$good, 'save']);
	ok($machine->within(120, sub { $machine->log =~ /^vtdcheck> the log is in vtdcheck\.log/m }), 'it is written') or return;
	my $log = on_stick($machine, 'vtdcheck.log');
	like(judge($log), qr/^PASS /m, 'whole');
	like(judge($machine->log), qr/^PASS /m, 'and so is what the serial line had');
	ok(index($machine->log =~ s/\r//gr, $log) > 0, 'which is the same');
	like($machine->log, qr/^vtdcheck> PASS  \d+ passed, 0 failed\r?$/m, 'the verdict is told once more');
	$machine->press('spc');
	ok($machine->goes_off(20), 'a key switches it off');

	$machine = start_machine(stick => $machine->{stick});
	ok($machine->within(120, sub { $machine->log =~ /^vtdcheck> the log is in/m }), 'the next start is another run, saved over the first');
};

# The loader writes these at each reset where the log lies.
subtest 'a machine that forgets its memory is reset once' => sub {
	my $zeros = scratch_file('zeros', "\0" x 4096);
	my $machine = start_machine(words => [$good, 'save'], qemu => ['-device', "loader,file=$zeros,addr=0x4000000,force-raw=on"]);
	ok($machine->within(120, sub { $machine->log =~ /^Bail out! save: vtdcheck\.log says that a run had begun/m }), 'it says so');
	is(() = $machine->log =~ /^TAP version/gm, 2, 'in the boot after the run');
	like(on_stick($machine, 'vtdcheck.log'), qr/^A run of vtdcheck with the word save has begun/, 'and the file says what it is');
	is(($machine->row(qr/^COULD NOT RUN$/))[1], 'yellow', 'on the screen, too');
	like(($machine->row(qr/^Off in/))[0], qr/60 seconds/, 'which stays');
};

subtest 'a stick that cannot be written' => sub {
	my $machine = start_machine(words => [$good, 'save'], stick_options => ',readonly=on');
	ok($machine->within(60, sub { $machine->log =~ /^Bail out! save: the stick would not take the file/m }), 'is told before the run');
};
done_testing();
