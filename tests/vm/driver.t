#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Somebody else's kernel on units outside: what comes of a report and a serial line, what is refused, and three boots
# of a real Linux (Debian 12's, where ./run.sh kernels has fetched it).
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use VM;
use Driver;

# A guest and two units that came up well, but for what is given.
sub judged {
	my (%is) = (serial => "driver: kernel 6.1\ndriver: log [ 1.0] DMAR: IOMMU enabled\ndriver: end\n", TE0 => 1, TE => 1, mode => 1, faults => 0, more => '', @_);
	my $report = scratch_file('report', join '', "units 2\nfunction base feb01000 tables 1 hidden 1 resets 2\nmessages 0 lost 0\n",
		map { "unit $_ words sm\nunit $_ reads 13 writes 20 dwords 40\nunit $_ pasids commands 0 given 0 taken 0 peak 0 named 0 live 0\n" } 0, 1);
	open my $file, '>>', $report or die "$report: $!";
	print $file "unit 0 faults 0 lost 0\nunit 1 faults $is{faults} lost 0\n",
		"unit 0 latches 1 translations 1 TE $is{TE0} QIE 1 IRE 0 mode 1\n",
		"unit 1 latches 1 translations 1 TE $is{TE} QIE 1 IRE 0 mode $is{mode}\n$is{more}";
	close $file;
	my $guest = Driver::read_serial($is{serial});
	my ($units) = Driver::read_report($report);
	my ($outcome, $sentence) = Driver::outcome($guest, @$units);
	my @bad = map { $_->[1] } grep { !$_->[0] } Driver::results_of($guest, $outcome, $sentence, @$units);
	return ("$outcome: @bad", $sentence);
}

subtest 'outcomes' => sub {
	is((judged())[0], 'OK: ', 'all in one mode');
	is((judged(mode => 0))[0], 'SPLIT: driver.one-mode', 'two modes');
	like((judged(mode => 0))[1], qr/^unit 0 in scalable mode, unit 1 in legacy mode: /, 'which is which');
	is((judged(TE => 0))[0], 'SPLIT: driver.one-mode', 'one unit off');
	is((judged(TE => 0, TE0 => 0))[0], 'REFUSED: driver.translates', 'both off');
	is((judged(faults => 2))[0], 'BLOCKED: driver.no-fault', 'faults');
	is((judged(more => "unit 1 device 00:11.0 reason 59\n"))[0], 'BLOCKED: driver.device', 'a device without tables');
	is((judged(more => "unit 1 device 00:11.0 reason 79\n"))[0], 'OK: ', 'but without a page at 0');
	for my $reason (qw(01 03 08 0b 30 5f)) { is((judged(more => "unit 1 device 00:11.0 reason $reason\n"))[0], 'BLOCKED: driver.device', "reason $reason: before any page table") }
	for my $reason (qw(00 04 07 0c 2f 60)) { is((judged(more => "unit 1 device 00:11.0 reason $reason\n"))[0], 'OK: ', "reason $reason: not so") }
	like((judged(TE => 0, mode => 0))[1], qr/^unit 0 in scalable mode, unit 1 off: devices of the others/, 'a unit that is off has no mode');
	is((judged(more => "unit 1 error 1 a mistake of software's\n"))[0], 'OK: driver.rules', 'an error is a rule broken, too');
	is((judged(more => "unit 1 complaint 3 a rule of software's\n"))[0], 'OK: driver.rules', 'a rule broken');
	is((judged(serial => "[ 1.0] Kernel panic - not syncing: why\n"))[0], 'CRASH: driver.boots', 'a panic');
	like((judged(serial => "[ 1.0] Kernel panic - not syncing: why\n"))[1], qr/panics: Kernel panic - not syncing: why/, 'and why');
	is((judged(serial => "driver: kernel 6.1\n"))[0], 'CRASH: driver.boots', 'no end');
};

sub refused {
	my ($text, @options) = @_;
	my $run = boot(options => \@options, words => ['driver'], env => { KERNELS => scratch_file('none', '') . '.d' });
	ends_with($run, 2, $text);
}

subtest 'what cannot be' => sub {
	refused('driver needs --units', '--kernel', 'build/vtdcheck.elf');
	refused('driver needs --kernel', '--units', 'sm');
	refused('--kernel 9.9: no file, and no kernel that was fetched (./run.sh kernels)', '--kernel', '9.9', '--units', 'sm');
	refused('README.md: no kernel that QEMU can start', '--kernel', 'README.md', '--units', 'sm');
	refused('driver needs busybox', '--kernel', 'build/vtdcheck.elf', '--units', 'sm');
	refused('--initrd: cannot read the file', '--kernel', 'build/vtdcheck.elf', '--initrd', 'nowhere', '--units', 'sm');
	my $run = boot(options => ['--kernel', 'build/vtdcheck.elf', '--units', 'sm'], words => ['driver', 'quiet']);
	ends_with($run, 2, 'driver takes no words, and here is quiet');
};

my ($kernel) = grep { /^6\.1\./ } split /\n/, qx(tests/vm/kernels.sh list);
SKIP: {
	skip 'Debian 12\'s kernel is not here: ./run.sh kernels 6.1', 3 if !$kernel || !-x 'build/kernels/busybox';
	my $split = boot(options => ['--kernel', '6.1', '--units', 'sm+vcs+cm,legacy+cm'], words => ['driver']);
	subtest 'Linux 6.1 on a scalable and a legacy unit' => sub {
		ends_with($split, 1, 'SPLIT: unit 0 in scalable mode, unit 1 in legacy mode');
		says($split, qr/^# unit 0 step: SRTP \(scalable\) at access \d+/m);
		says($split, qr/^# unit 1 step: SRTP \(legacy\) at access \d+/m);
		says($split, qr/^# says: DMAR: Register custom PASID allocator$/m, 'it takes the PASID allocator of one');
		says($split, qr/^# says: DMAR: VT-d Scalable Mode not enabled, no PASID allocation$/m, 'and does without for the other');
	};
	subtest 'on two scalable ones' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'sm+vcs+cm*2'], words => ['driver']);
		ends_with($run, 0, 'OK: units 0 and 1 in scalable mode');
	};
	subtest 'on one without a second stage beside a legacy one' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'sm+fsts-ssts,legacy'], words => ['driver']);
		ends_with($run, 4, 'the kernel panics');
		says($run, qr/^# last: .*Kernel panic/m, 'its last lines are there');
	};
}

done_testing();
