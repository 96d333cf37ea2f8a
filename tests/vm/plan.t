#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The plan that the kernel prints for a machine, beside what a Linux of Debian's makes of the same: the mode of the root
# table that it latches, as QEMU's trace has it, and whether it turns translation on. The newest kernel of build/kernels and
# a few machines; with EVERYTHING=1 every kernel and every machine of every QEMU.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# Without no_timer_check a Linux that runs slowly now and then panics over a timer interrupt that came late.
use constant LINUX => 'console=ttyS0 loglevel=4 panic=-1 no_timer_check intel_iommu=on,sm_on';
use constant SECONDS => 300;

my @few = qw(legacy scalable first-stage);
my $is_whole = $ENV{EVERYTHING};

my @kernels = map { { version => $_->[0], file => $_->[2] } } map { [split] } split /\n/, qx(tests/vm/kernels.sh list);
@kernels = $kernels[-1] if @kernels && !$is_whole;
my $busybox = ($ENV{KERNELS} || 'build/kernels') . '/busybox';
plan skip_all => 'no kernel is here: ./run.sh kernels' if !@kernels || !-r $busybox;

system('make -s build/guest/transfer >&2') == 0 or die 'no transfer program';
my $initrd = scratch_file('initramfs', scalar qx(tests/harness/initramfs $busybox build/guest/transfer));

# The names of the machines that a QEMU can make.
sub machines {
	my ($qemu) = @_;
	my @names = map { /^(\S+)\s+yes / ? $1 : () } split /\n/, qx(QEMU='$qemu' ./run.sh --unit list);
	return $is_whole ? @names : grep { my $name = $_; grep { $_ eq $name } @names } @few;
}

# The argument that run.sh makes for the unit of a machine: from a QEMU that writes it down and ends.
sub unit_of {
	my ($qemu, $machine) = @_;
	my $noted = scratch_file('noted', '');
	my $scribe = scratch_file('scribe', <<"END");
#!/bin/sh
for word; do case \$word in *,help) ;; intel-iommu,*) echo "\$word" >'$noted'; exit 1 ;; esac; done
exec $qemu "\$@"
END
	chmod 0755, $scribe;
	boot(options => ['--unit', $machine], words => ['tests=dmar.checksum'], env => { QEMU => $scribe });
	open my $file, '<', $noted or die "$noted: $!";
	my $unit = <$file> // '';
	chomp $unit;
	return $unit =~ s/,+$//r;
}

# "scalable mode", "legacy mode", or "off" where translation is not on in the end; and why there is nothing to tell.
sub latched {
	my ($qemu, $unit, $kernel) = @_;
	my ($serial, $trace) = (scratch_file('serial', ''), scratch_file('trace', ''));
	my @command = ('timeout', SECONDS, split(' ', $qemu), '-machine', 'q35,kernel-irqchip=split',
		qw(-accel tcg -m 512 -nodefaults -display none -no-reboot -device), $unit, qw(-device edu -serial), "file:$serial", '-kernel', $kernel, '-initrd', $initrd,
		'-append', LINUX, qw(-trace vtd_reg_dmar_root -trace vtd_dmar_enable -D), $trace);
	system(@command);
	return ('', 'it does not come to its end') if read_file($serial) !~ /^driver: end/m;
	my ($mode, $is_on) = ('', 0);
	for (split /\n/, read_file($trace)) {
		$mode = $1 ? 'scalable mode' : 'legacy mode' if /vtd_reg_dmar_root .*scalable (\d)/;
		$is_on = $1 if /vtd_dmar_enable enable (\d)/;
	}
	return ($is_on ? $mode : 'off', '');
}

sub read_file {
	open my $file, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$file>;
}

# The same words from the kernel's own line.
sub planned {
	my ($qemu, $machine) = @_;
	my $run = boot(options => ['--unit', $machine], words => ['tests=dmar.checksum'], env => { QEMU => $qemu });
	return $run->{log} =~ /^# platform: plan of an operating system: (scalable mode|legacy mode)/m ? $1 : 'off';
}

for my $qemu (qemus()) {
	my $command = $qemu->{command};
	for my $machine (machines($command)) {
		my $plan = planned($command, $machine);
		my $unit = unit_of($command, $machine);
		like($unit, qr/^intel-iommu,/, "$machine: the unit is known") or next;
		for my $kernel (@kernels) {
			my ($mode, $why) = latched($command, $unit, $kernel->{file});
			is($why || $mode, $plan, "QEMU $qemu->{version}, $machine: Linux $kernel->{version} does as planned");
		}
	}
}
done_testing();
