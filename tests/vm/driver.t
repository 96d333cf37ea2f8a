#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Somebody else's kernel on units outside: what comes of a report and a serial line, what is refused, and boots of a real
# Linux (Debian 12's, where ./run.sh kernels has fetched it), on good units and on defective ones.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use VM;
use Driver;

# A guest and two units that came up well, but for what is given.
sub judged {
	my (%is) = (serial => "driver: kernel 6.1\ndriver: log [ 1.0] DMAR: IOMMU enabled\ndriver: end\n", TE0 => 1, TE => 1, mode => 1, faults => 0, more => '', @_);
	my $report = scratch_file('report', join '', "units 2\nfunction base feb01000 tables 1 hidden 1 resets 2\nmessages 0 lost 0 by-hand 0\n",
		map { "unit $_ words sm\nunit $_ reads 13 writes 20 dwords 40\nunit $_ pasids commands 0 given 0 taken 0 peak 0 named 0 live 0\n" } 0, 1);
	open my $file, '>>', $report or die "$report: $!";
	print $file "unit 0 faults 0 lost 0\nunit 1 faults $is{faults} lost 0\n",
		"unit 0 latches 1 translations 1 TE $is{TE0} QIE 1 IRE 0 mode 1\n",
		"unit 1 latches 1 translations 1 TE $is{TE} QIE 1 IRE 0 mode $is{mode}\n$is{more}";
	close $file;
	my $guest = Driver::read_serial($is{serial});
	my ($units, $all) = Driver::read_report($report);
	my ($outcome, $sentence) = Driver::outcome($guest, @$units);
	my @results = Driver::results_of($guest, $all, $outcome, $sentence, @$units);
	my @bad = grep { !$_->[0] } @results;
	my @skipped = grep { defined $_->[4] && $_->[2] == 0 } @results;
	return ("$outcome: @{[map { $_->[1] } @bad]}", $sentence, join('; ', map { "$_->[1]: $_->[3]" } @bad), join('; ', map { "$_->[1]: $_->[4]" } @skipped));
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

# A transfer that went well, but for what is given: steps with another result, and requests that the unit saw otherwise
# (outcome, faults, invalidations).
sub transfer {
	my (%is) = (unit => 0, step => {}, request => {}, end => 'done', told => undef, lost => 0, forgets => '123550000 10000', @_);
	my @steps = (
		['read', '123556800 4096', 'arrived', 'passed', 0, 4], ['write', '12355a400 4096', 'arrived', 'passed', 0, 4],
		['read-beside', '12355e000 8', 'blocked', 'blocked', 1, 4], ['read-unmapped', '123556800 8', 'blocked', 'blocked', 1, 5],
		['write-unmapped', '12355a408 8', 'blocked', 'blocked', 1, 5], ['read-again', '123556800 4096', 'arrived', 'passed', 0, 5],
		['write-again', '12355a400 4096', 'arrived', 'passed', 0, 5],
	);
	my $device = "00:1$is{unit}.0";
	my $serial = "driver: kernel 6.1\n";
	my $more = "unit $is{unit} device $device reason 79\nunit $is{unit} forgets 4 0 0\nunit $is{unit} forgets 5 $is{forgets}\n";
	my $faults = 0;
	for (@steps) {
		my ($name, $where, $result, @seen) = @$_;
		@seen = @{ $is{request}{$name} } if $is{request}{$name};
		my $kind = $name =~ s/-.*//r;
		$serial .= "driver: transfer $device $name $where " . ($is{step}{$name} // $result) . "\n";
		$more .= "unit $is{unit} request $kind $where $seen[0] faults $seen[1] invalidations $seen[2]\n";
		$faults += $seen[1];
	}
	my @told = ('Read', '12355e000', 'Read', '123556000', 'Write', '12355a000');
	splice @told, 2 * $is{told}, 2 if defined $is{told};
	$serial .= "driver: transfer $device $is{end}\n";
	while (my ($kind, $page) = splice @told, 0, 2) {
		$serial .= "driver: told [ 5.4] DMAR: [DMA $kind NO_PASID] Request device [$device] fault addr 0x$page [fault reason 0x79] SM: Read\n";
	}
	return (serial => "${serial}driver: end\n", more => "${more}unit $is{unit} faults $faults lost $is{lost}\n");
}

subtest 'data moved' => sub {
	is((judged(transfer()))[0], 'OK: ', 'all arrived, all blocked, all told');
	is((judged(transfer(step => { read => 'other data' })))[0], 'MISDIRECTED: driver.dma', 'other data');
	is((judged(transfer(step => { 'write-again' => 'other data' })))[0], 'MISDIRECTED: driver.dma', 'at the end, too');
	is((judged(transfer(step => { write => 'refused' }, request => { write => ['blocked', 1, 4] })))[0],
		'BLOCKED: driver.no-fault driver.dma', 'refused, and a fault that nobody wanted');
	my %dead = map { $_ => 'refused' } qw(read write read-again write-again);
	is((judged(transfer(step => \%dead)))[0], 'BLOCKED: driver.dma', 'all is blocked');
	like((judged(transfer(step => \%dead)))[3], qr/^driver.dma-unmapped: what was mapped is blocked, too$/, 'which says nothing of the rest');
	is((judged(transfer(step => { %dead, 'read-again' => 'arrived' })))[3], '', 'but if anything arrives, it does');
	is((judged(transfer(request => { write => ['blocked', 0, 4] })))[0], 'OK: driver.dma', 'the program says it arrived, the unit that it blocked it');
	for my $step ('read-beside', 'read-unmapped', 'write-unmapped') {
		is((judged(transfer(step => { $step => 'let through' }, request => { $step => ['passed', 0, 5] })))[0], 'LEAKED: driver.dma-unmapped', "$step let through");
		is((judged(transfer(request => { $step => ['blocked', 0, 5] })))[0], 'OK: driver.dma-unmapped', "$step without a fault");
		is((judged(transfer(request => { $step => ['passed', 1, 5] })))[0], 'OK: driver.dma-unmapped', "$step passed, whatever the program says");
	}
	is((judged(transfer(step => { read => 'other data', 'write-unmapped' => 'let through', 'read-again' => 'refused' })))[0],
		'LEAKED: driver.dma driver.dma-unmapped', 'the worst counts');
	my %passed = (step => { 'read-unmapped' => 'let through' });
	like((judged(transfer(%passed, request => { 'read-unmapped' => ['passed', 0, 6] })))[2], qr/the unit passed it, though it was told to forget it$/, 'the unit is to blame');
	like((judged(transfer(%passed, request => { 'read-unmapped' => ['passed', 0, 4] })))[2], qr/the driver told the unit to forget nothing/, 'the driver is');
	is((judged(transfer(request => { 'read-unmapped' => ['blocked', 1, 4] })))[0], 'OK: driver.dma-unmapped', 'blocked by luck: nothing was invalidated');
	is((judged(transfer(forgets => '0 0')))[0], 'OK: ', 'all there is');
	is((judged(transfer(forgets => '123556000 5000')))[0], 'OK: ', 'up to the last of it');
	like((judged(transfer(forgets => '123550000 8000')))[2], qr/^driver.dma-unmapped: write-unmapped at 12355a408: blocked by luck: .* other pages only: 8000 bytes at 123550000$/, 'by luck: other pages');
	like((judged(transfer(forgets => '123557000 4000')))[2], qr/^driver.dma-unmapped: read-unmapped at 123556800: blocked by luck: .*: 4000 bytes at 123557000$/, 'or those behind');
	like((judged(transfer(forgets => '123550000 8000', step => { 'write-again' => 'other data' })))[2],
		qr/write-again at 12355a400: other data, not arrived; the unit passed it with 0 faults: the driver told the unit to forget other pages only/, 'what came of it');
	for my $nth (0 .. 2) { is((judged(transfer(told => $nth)))[0], 'OK: driver.fault-told', "fault $nth is not told") }
	like((judged(transfer(told => 2)))[2], qr/wrote nothing of the write at 12355a408$/, 'which one');
	is((judged(transfer(told => 2, lost => 1)))[0], 'OK: ', 'one that the unit had no record left for');
};

subtest 'data that did not move, or not as said' => sub {
	my %whole = transfer();
	is((judged(%whole, serial => $whole{serial} =~ s/.*read-again.*\n//r))[0], 'OK: driver.dma driver.dma-unmapped', 'a step is missing');
	is((judged(%whole, serial => $whole{serial} =~ s/.*done\n//r))[0], 'OK: driver.dma driver.dma-unmapped', 'no end');
	like((judged(%whole, more => $whole{more} =~ s/.*request write 12355a408.*\n//r))[2], qr/the program sent .*12355a408.* the server saw/, 'the server saw less');
	is((judged(%whole, more => $whole{more} =~ s/request read 12355e000/request read 12355f000/r))[0],
		'OK: driver.dma driver.dma-unmapped', 'another address');
	is((judged(transfer(end => 'skipped cannot unmap memory')))[0], 'OK: driver.dma driver.dma-unmapped', 'a step that VFIO refuses is no reason to skip');
	is((judged(more => "unit 0 device 00:10.0 reason 79\n", serial => "driver: transfer 00:10.0 skipped no vfio-pci\ndriver: end\n"))[0], 'OK: ', 'one that was never begun is');
};

subtest 'why a result is skipped' => sub {
	my $skip = sub {
		my ($unit, $serial, %all) = @_;
		my @results = Transfer::results_of(0, $unit, Driver::read_serial("driver: kernel 6.1\n$serial"), \%all);
		return join '; ', map { $_->[4] // 'judged' } @results;
	};
	is($skip->({}, ''), join('; ', ('its unit has no device') x 3), 'no device');
	is($skip->({ device => '00:10.0' }, ''), join('; ', ('the first file system says nothing of a transfer by 00:10.0') x 3), 'another initrd');
	is($skip->({ device => '00:10.0' }, "driver: transfer 00:10.0 skipped no group\n"), join('; ', ('no group') x 3), 'the program says why');
	my %whole = transfer();
	my @requests = map { /^unit 0 (request .*)/ ? Transfer::read_request($1) : () } split /\n/, $whole{more};
	my $unit = { device => '00:10.0', transfers => \@requests };
	is($skip->($unit, $whole{serial}, 'by-hand' => 1), 'judged; judged; over this transport no message of a unit reaches the guest', 'no messages');
	is($skip->($unit, transfer(told => 0) && { transfer(told => 0) }->{serial} . "driver: told dmar_fault: 3 callbacks suppressed\n"),
		'judged; judged; the kernel suppressed some of what it had to say of faults', 'a kernel that says less');
	is($skip->($unit, $whole{serial}), 'judged; judged; judged', 'the good twin');
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

# Each unit's device moved data as it should.
sub moves {
	my ($run, $count) = @_;
	for my $id (qw(driver.dma driver.dma-unmapped)) {
		is(scalar(grep { $_->{ok} && !$_->{directive} } results_of($run, qr/^\Q$id\E$/)), $count, "$id of $count");
	}
}

my ($kernel) = grep { /^6\.1\./ } split /\n/, qx(tests/vm/kernels.sh list);
SKIP: {
	skip 'Debian 12\'s kernel is not here: ./run.sh kernels 6.1', 7 if !$kernel || !-x 'build/kernels/busybox' || !-e 'build/kernels/bookworm/modules/vfio-pci.ko';
	$ENV{QEMU} = qemu_with_units();
	skip 'no QEMU is here that units outside can be given to: ./run.sh qemus', 7 if !$ENV{QEMU};
	my $split = boot(options => ['--kernel', '6.1', '--units', 'sm+vcs+cm,legacy+cm'], words => ['driver']);
	subtest 'Linux 6.1 on a scalable and a legacy unit' => sub {
		ends_with($split, 1, 'SPLIT: unit 0 in scalable mode, unit 1 in legacy mode');
		says($split, qr/^# unit 0 step: SRTP \(scalable\) at access \d+/m);
		says($split, qr/^# unit 1 step: SRTP \(legacy\) at access \d+/m);
		says($split, qr/^# says: DMAR: Register custom PASID allocator$/m, 'it takes the PASID allocator of one');
		says($split, qr/^# says: DMAR: VT-d Scalable Mode not enabled, no PASID allocation$/m, 'and does without for the other');
		moves($split, 2);
	};
	subtest 'on two scalable ones' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'sm+vcs+cm*2'], words => ['driver']);
		ends_with($run, 0, 'OK: units 0 and 1 in scalable mode');
		moves($run, 2);
	};
	subtest 'on one without a second stage beside a legacy one' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'sm+fsts-ssts,legacy'], words => ['driver']);
		ends_with($run, 4, 'the kernel panics');
		says($run, qr/^# last: .*Kernel panic/m, 'its last lines are there');
	};
	subtest 'on one that forgets nothing' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'legacy+defect=iotlb_page_ignored'], words => ['driver']);
		ends_with($run, 1, 'LEAKED: unit 0, device 00:10.0, read-unmapped at 123556800: let through, not blocked; the unit passed it, though it was told to forget it');
		is(result($run, 'driver.dma-unmapped'), 'not ok', 'it is noticed');
		is(result($run, 'driver.dma'), 'not ok', 'so it is by what was mapped at the same addresses afterwards');
		says($run, qr/^# transfer 00:10.0 $_-again \S+ 4096 other data$/m, "which a $_ tells from what was there before") for qw(read write);
		says($run, ' 2 failed, 0 known deviations, 1 skipped', 'what is skipped is counted');
	};
	subtest 'on one that walks wrongly' => sub {
		my $run = boot(options => ['--kernel', '6.1', '--units', 'legacy+defect=ss_index_8_bits'], words => ['driver']);
		ends_with($run, 1, 'BLOCKED: unit 0, device 00:10.0, read at 123556800: refused, not arrived; the unit blocked it');
		is(result($run, 'driver.dma'), 'not ok', 'it is noticed');
		is(result($run, 'driver.dma-unmapped'), 'skipped', 'that all else is blocked says nothing then');
	};
	my ($told) = grep { $_->{version} =~ /^11\./ } qemus();
	subtest 'where messages of units reach it' => sub {
		plan skip_all => 'no QEMU here speaks vfio-user: ./run.sh qemus' if !$told;
		my @how = (words => ['driver'], env => { QEMU => $told->{command} });
		my $run = boot(options => ['--kernel', '6.1', '--units', 'legacy*2'], @how);
		ends_with($run, 0, 'OK: units 0 and 1 in legacy mode');
		moves($run, 2);
		is(scalar(grep { $_->{ok} && !$_->{directive} } results_of($run, qr/fault-told/)), 2, 'each fault is told');
		$run = boot(options => ['--kernel', '6.1', '--units', 'legacy+defect=fault_address_32_bits'], @how);
		ends_with($run, 1);
		is(result($run, 'driver.fault-told'), 'not ok', 'a fault with half an address is another one');
		is(result($run, 'driver.dma-unmapped'), 'ok', 'though it was blocked');
	};
	subtest 'whose modules are not there' => sub {
		my $alone = scratch_file('vmlinuz', do { open my $file, '<:raw', 'build/kernels/bookworm/vmlinuz'; local $/; <$file> });
		my $run = boot(options => ['--kernel', $alone, '--units', 'legacy'], words => ['driver']);
		ends_with($run, 0, 'OK: unit 0 in legacy mode');
		is(result($run, $_), 'skipped', "$_ is skipped") for qw(driver.dma driver.dma-unmapped driver.fault-told);
		says($run, 'SKIP this kernel has no vfio-pci, and no module of it came along', 'and why is said');
	};
}

done_testing();
