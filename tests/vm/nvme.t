#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# An NVMe controller moves the data, and the drive behind it does not notice: its image is byte for byte as before. Nothing
# of it is used without a word; firmware's use is ended.
use strict;
use warnings;
use Digest::SHA;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Meddler;

my $bytes = join '', map { pack 'N', $_ * 2654435761 % 2**32 } 1 .. 2**18;
sub digest { return Digest::SHA->new(256)->addfile($_[0], 'b')->hexdigest }

# A machine with such drives, each behind its own controller.
sub boot_drives {
	my ($count, %more) = @_;
	my @images = map { scratch_file("nvme$_.img", $bytes) } 1 .. $count;
	my @before = map { digest($_) } @images;
	my $run = boot(%more, options => ['--edu', 'none'], qemu => [@{ $more{qemu} // [] }, map {
		('-drive', "file=$images[$_],format=raw,if=none,id=d$_",
			'-device', "nvme,drive=d$_,serial=vtdcheck$_" . ($more{place}[$_] // ''))
	} 0 .. $count - 1]);
	is_deeply([map { digest($_) } @images], \@before, 'each image is as before');
	return $run;
}

subtest 'the whole run' => sub {
	my $run = boot_drives(1, words => ['agent=nvme']);
	ends_with($run, 0, 'PASS');
	says($run, qr/^# entry: nvme 0000:00:01\.0 was left enabled: reset$/m, 'firmware had used it');
	says($run, qr/^# agent 0: nvme 0000:00:01\.0 behind unit 0, source-id 0008$/m);
	is(result($run, $_), 'ok', $_) for 'legacy.write', 'legacy.read', 'legacy.page-crossing-write',
		'isolation.legacy-no-context-read', 'isolation.legacy-no-context-write', 'fault.legacy-context-not-present';
	is(result($run, 'legacy.first-byte-write'), 'skipped', 'it moves dwords at least');
};

subtest 'without the word nothing is done' => sub {
	my $run = boot_drives(1);
	says($run, qr/^# note: nvme 0000:00:01\.0 would move data with agent=nvme$/m);
	is(result($run, 'legacy.write'), 'skipped', 'nothing moves data');
	unlike($run->{log}, qr/was left enabled/, 'it is left as it was');
};

subtest 'two behind one bridge to conventional PCI: one requester id' => sub {
	my $run = boot_drives(2, words => ['agent=nvme', 'tests=legacy.*,isolation.*,fault.*'],
		qemu => ['-device', 'pcie-pci-bridge,id=b1,addr=5'], place => [',bus=b1,addr=1', ',bus=b1,addr=2']);
	ends_with($run, 0, 'PASS');
	my @ids = $run->{log} =~ /^# agent \d: nvme \S+ behind unit 0, source-id (\w+)$/mg;
	is_deeply(\@ids, ['0100', '0100'], 'both have that of the bus behind the bridge') or diag("@ids");
	is(result($run, 'isolation.legacy-no-context-write'), 'ok', 'blocked as it should be');
};

# Not while firmware has it: AQA has our number of entries.
subtest 'one that resets itself all the time' => sub {
	my %at = (CC => 0x14, AQA => 0x24);
	my $reset = sub {
		my ($qemu) = @_;
		my $bar = $qemu->bar(1, 0) or return;
		$qemu->write32($bar + $at{CC}, 0) if $qemu->read32($bar + $at{AQA}) == 0x000f000f;
	};
	my $run = boot_meddled($reset, options => ['--agent', 'nvme'], words => ['tests=legacy.*,isolation.*']);
	isnt($run->{status}, 1, 'no failure of the unit') or VM::show($run->{output});
	isnt($run->{status}, 4, 'and it comes to its end');
	says($run, qr/^# note: nvme 0000:00:01\.0: was reset in the middle of a command \(CSTS 0\)/m);
	is_deeply([grep { VM::outcome($_) eq 'not ok' && $run->{log} !~ /^not ok $_->{number} - .* # ERROR of our own/m }
		@{ $run->{results} }], [], 'what fails is told as an error');
};

subtest 'two behind root ports' => sub {
	my $run = boot_drives(2, words => ['agent=nvme', 'tests=legacy.*,isolation.*,fault.*'],
		qemu => ['-device', 'pcie-root-port,id=p1,chassis=1,addr=5', '-device', 'pcie-root-port,id=p2,chassis=2,addr=6'],
		place => [',bus=p1', ',bus=p2']);
	ends_with($run, 0, 'PASS');
	is(result($run, 'isolation.legacy-two-devices'), 'ok', 'they are told apart');
};
done_testing();
