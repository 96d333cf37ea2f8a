# SPDX-License-Identifier: MIT
# Stands beside a run and writes registers of a device behind the kernel's back, by QEMU's protocol for tests: so a
# device resets itself, or stops, in the middle.
package Meddler;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::UNIX;
use VM;

our @EXPORT = qw(boot_meddled);
use constant { CONFIGURATION => 0xb0000000, NOBODY => 0xffffffff, TIMES => 3000, PAUSE => 0.002 };

# boot_meddled(sub { my ($qemu) = @_; ... }, options of boot): calls it again and again while the run lasts.
sub boot_meddled {
	my ($meddle, %run) = @_;
	my $path = scratch_file('meddler', '');
	unlink $path;
	my $server = IO::Socket::UNIX->new(Local => $path, Listen => 1) // die "$path: $!";
	my $child = fork // die "fork: $!";
	if (!$child) {
		local $SIG{PIPE} = 'IGNORE';
		my $self = bless { socket => $server->accept // exit }, __PACKAGE__;
		for (1 .. TIMES) {
			$meddle->($self);
			select undef, undef, undef, PAUSE;
		}
		require POSIX;
		POSIX::_exit(0); # nothing of the test's own ends here
	}
	close $server;
	my $run = boot(%run, qemu => [@{ $run{qemu} // [] }, '-qtest', "unix:$path", '-qtest-log', 'none']);
	kill 'TERM', $child;
	waitpid $child, 0;
	return $run;
}

# Answers begin so; all else is about interrupts.
sub ask {
	my ($self, $command) = @_;
	$self->{socket}->print("$command\n");
	$self->{socket}->flush;
	while (defined(my $line = readline $self->{socket})) {
		return $1 if $line =~ /^OK ?(\S*)/;
		return '' if $line =~ /^(FAIL|ERR)/;
	}
	return '';
}

sub read32 { my ($self, $address) = @_; return hex($self->ask(sprintf 'readl 0x%x', $address) || 0) }
sub write32 { my ($self, $address, $value) = @_; $self->ask(sprintf 'writel 0x%x 0x%x', $address, $value) }

# Where a BAR of a device of bus 0 is, once firmware has placed it and the q35's configuration space; 0 before.
sub bar {
	my ($self, $device, $number) = @_;
	my $bar = $self->read32(CONFIGURATION + ($device << 15) + 0x10 + 4 * $number);
	return $bar == NOBODY ? 0 : $bar & ~15;
}

1;
