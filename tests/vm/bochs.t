#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Another emulator: Bochs, with another processor, chipset (i440FX) and BIOS, and without a unit, boots the ISO through GRUB.
# Nothing of the kernel may lean on QEMU. Its display wants an X server; its debugger is told to go on.
use strict;
use warnings;
use File::Copy qw(copy);
use FindBin;
use lib $FindBin::Bin;
use VM;

my $share = '/usr/share/bochs';
my ($bios) = grep { -r } "$share/BIOS-bochs-latest";
my ($vga) = grep { -r } map { "$share/$_" } 'VGABIOS-lgpl-latest', 'VGABIOS-lgpl-latest.bin';
sub is_here { my ($command) = @_; return grep { -x "$_/$command" } split /:/, $ENV{PATH} }
plan skip_all => 'bochs (with bochs-x, bochsbios, vgabios) and Xvfb are not here'
	unless $bios && $vga && is_here('bochs') && is_here('Xvfb') && is_here('xorriso');

# Ends what it began, whatever comes.
my @children;
END { my $status = $?; for (@children) { kill 'TERM', $_; waitpid $_, 0 } $? = $status }

sub start {
	my ($output, @command) = @_;
	my $child = fork // die "fork: $!";
	if (!$child) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', $output or die;
		open STDERR, '>&', \*STDOUT or die;
		exec @command or die "$command[0]: $!";
	}
	push @children, $child;
	return $child;
}

# A number that no other display has: Xvfb says it.
sub start_display {
	my $says = scratch_file('display', '');
	start(scratch_file('xvfb.out', ''), 'sh', '-c', "exec Xvfb -displayfd 3 -screen 0 1024x768x24 3>'$says'");
	for (1 .. 100) {
		open my $file, '<', $says or die "$says: $!";
		my $number = <$file>;
		return ":$1" if ($number // '') =~ /^(\d+)\n/;
		select undef, undef, undef, 0.2;
	}
	die 'Xvfb does not start';
}

sub read_file { my ($name) = @_; open my $file, '<:raw', $name or return ''; local $/; return <$file> // '' }

# Boots with these words until the log is whole; returns it. Nothing for so many seconds: it hangs.
sub boot_bochs {
	my ($seconds, @words) = @_;
	my $grub = scratch_file('grub.cfg', "insmod all_video\nmultiboot2 /boot/vtdcheck.elf @{[map { qq('$_') } @words]}\nboot\n");
	my ($iso, $log, $out) = (map { scratch_file($_, '') } 'bochs.iso', 'serial.log', 'bochs.out');
	copy('build/vtdcheck.iso', $iso) or die "build/vtdcheck.iso: $!";
	system("xorriso -dev '$iso' -boot_image any keep -map '$grub' /boot/grub/grub.cfg -commit >/dev/null 2>&1") and die 'xorriso';
	my $rc = scratch_file('rc', "c\n");
	my $configuration = scratch_file('bochsrc', <<"END");
megs: 256
romimage: file=$bios
vgaromimage: file=$vga
ata0-master: type=cdrom, path=$iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$log
display_library: x
log: $out.log
cpu: model=corei7_sandy_bridge_2600k, ips=50000000
clock: sync=none
END
	my $child = start($out, 'bochs', '-q', '-f', $configuration, '-rc', $rc);
	my ($before, $quiet) = (-1, 0);
	while ($quiet++ < $seconds && read_file($log) !~ /^# end crc32 \w+\r?$/m) {
		$quiet = 0 if $before != -s $log;
		$before = -s $log;
		sleep 1;
	}
	kill 'TERM', $child;
	waitpid $child, 0;
	@children = grep { $_ != $child } @children;
	return $log;
}

local $ENV{DISPLAY} = start_display();

sub judged {
	my ($log, $status, $text) = @_;
	my $said = qx(./run.sh judge '$log' 2>&1);
	is($? >> 8, $status, "exit status $status") or diag($said);
	like($said, $text, "the judge says: $text");
}

subtest 'a machine without a unit' => sub {
	judged(boot_bochs(120, 'tests=*'), 3, qr/NOTHING TESTED/);
};

subtest 'modelled units' => sub {
	my $log = boot_bochs(120, 'units=model', 'topo=sm+vcs,legacy');
	judged($log, 0, qr/PASS +\d{3,} passed, 0 failed/);
	like(read_file($log), qr/^# serial: COM1 /m, 'on COM1');
};
done_testing();
