#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# SATA controllers move the data, and the disk behind them does not notice: its image is byte for byte as before. Wherever the
# controller sits; firmware's use is ended; without a word, or a disk, they are left alone. (tests/vm/agents.t compares with edu.)
use strict;
use warnings;
use Digest::SHA;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Meddler;

my $bytes = join '', map { pack 'N', $_ * 2654435761 % 2**32 } 1 .. 2**18;
my $some = 'tests=legacy.*,isolation.*,fault.*';
sub digest { return Digest::SHA->new(256)->addfile($_[0], 'b')->hexdigest }

# A machine with such drives ("ide-hd,bus=sata.0"), each with an image, behind controllers that are among the arguments.
sub boot_drives {
	my ($controllers, $drives, %more) = @_;
	my @images = map { scratch_file("drive$_.img", $bytes) } 1 .. @$drives;
	my @before = map { digest($_) } @images;
	my @qemu = map { ('-device', $_) } @$controllers;
	push @qemu, '-drive', "file=$images[$_],format=raw,if=none,id=d$_", '-device', "$drives->[$_],drive=d$_" for 0 .. $#images;
	my $meddle = delete $more{meddle};
	my %run = (%more, options => ['--edu', 'none', @{ $more{options} // [] }], qemu => \@qemu);
	my $run = $meddle ? boot_meddled($meddle, %run) : boot(%run);
	is_deeply([map { digest($_) } @images], \@before, 'each image is as before');
	return $run;
}

my @moves = ('legacy.write', 'legacy.read', 'legacy.page-crossing-write', 'isolation.legacy-no-context-read',
	'isolation.legacy-no-context-write', 'fault.legacy-context-not-present');

subtest 'a disk' => sub {
	my $run = boot_drives(['ich9-ahci,id=sata'], ['ide-cd,bus=sata.1', 'ide-hd,bus=sata.3'], words => ['agent=ahci', $some]);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# agent 0: ahci 0000:00:01\.0 behind unit 0, source-id 0008$/m);
	says($run, qr/^# entry: ahci 0000:00:01\.0 was left running: stopped and reset$/m);
	is(result($run, $_), 'ok', $_) for @moves;
	is(result($run, 'legacy.first-byte-write'), 'skipped', 'it moves words at least');
	unlike($run->{log}, qr/^# note: ahci/m, 'it has nothing to complain of');
};

subtest 'without the word nothing is done' => sub {
	my $run = boot_drives(['ich9-ahci,id=sata'], ['ide-hd,bus=sata.0'], words => [$some]);
	says($run, qr/^# note: ahci 0000:00:01\.0 would move data with agent=ahci$/m);
	is(result($run, 'legacy.write'), 'skipped', 'nothing moves data');
	unlike($run->{log}, qr/was left running/, 'it is left as it was');
};

subtest 'without a disk it says so' => sub {
	my $run = boot_drives(['ich9-ahci,id=sata'], ['ide-cd,bus=sata.0'], words => ['agent=ahci', 'tests=legacy.*,cap.*']);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# note: ahci number 0 cannot be used: no disk is at its ports$/m);
	is(result($run, 'legacy.write'), 'skipped', 'nothing moves data');
};

subtest 'with what UEFI firmware has started' => sub {
	my $run = boot_drives(['ich9-ahci,id=sata'], ['ide-hd,bus=sata.0', 'ide-cd,bus=sata.1'], options => ['--boot', 'efi'],
		words => ['agent=ahci', $some]);
	ends_with($run, 0, 'PASS');
	is(result($run, $_), 'ok', $_) for @moves;
};

subtest 'two, behind a root port and behind a bridge to conventional PCI' => sub {
	my $run = boot_drives(['pcie-root-port,id=p1,chassis=1,addr=5', 'pcie-pci-bridge,id=b1,addr=6', 'ich9-ahci,id=one,bus=p1',
		'ich9-ahci,id=two,bus=b1,addr=1'], ['ide-hd,bus=one.0', 'ide-hd,bus=two.0'], words => ['agent=ahci', $some]);
	ends_with($run, 0, 'PASS');
	my @ids = $run->{log} =~ /^# agent \d: ahci \S+ behind unit 0, source-id (\w+)$/mg;
	is_deeply(\@ids, ['0100', '0200'], 'each has the source-id that the unit sees') or diag("@ids");
	is(result($run, $_), 'ok', $_) for 'isolation.legacy-two-devices';
};

# PxCMD, while it is ours: the port looks for commands, and firmware's list was below 4 GiB.
subtest 'one that stops by itself all the time' => sub {
	my ($list_high, $command) = (0x104, 0x118);
	my $stop = sub {
		my ($qemu) = @_;
		my $bar = $qemu->bar(1, 5) or return;
		$qemu->write32($bar + $command, 0) if $qemu->read32($bar + $list_high) && $qemu->read32($bar + $command) & 1;
	};
	my $run = boot_drives(['ich9-ahci,id=sata,addr=1'], ['ide-hd,bus=sata.0'], words => ['agent=ahci', $some], meddle => $stop);
	isnt($run->{status}, 1, 'no failure of the unit') or VM::show($run->{output});
	isnt($run->{status}, 4, 'and it comes to its end');
	says($run, qr/^# note: ahci 0000:00:01\.0 port 0: was reset in the middle of a command/m);
	is_deeply([grep { VM::outcome($_) eq 'not ok' && $run->{log} !~ /^not ok $_->{number} - .* # ERROR of our own/m }
		@{ $run->{results} }], [], 'what fails is told as an error');
};
done_testing();
