# SPDX-License-Identifier: MIT
# A run of QEMU: its serial line goes into a log and to the user while it comes. It is stopped when the line has
# been silent for too long, when a machine that was not to starts a second time, when the log grows without end or cannot be written, and when the user goes away.
package Guest;
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL F_SETFD LOCK_EX LOCK_NB O_CREAT O_NONBLOCK O_RDWR SEEK_SET);

use constant MARKER => 'TAP version 14';
use constant {
	LOG_BYTES_MAX => 64 << 20, # the longest log that we know has 2.4 MiB: `mixed trace`
	POLL_SECONDS => 0.02,	   # the pipe holds 64 KiB: more than a guest writes meanwhile
	KILL_SECONDS => 5,	   # after a polite request
	SET_PIPE_SIZE => 1031,	   # the request F_SETPIPE_SZ
	SET_AFFINITY => 203,	   # system calls of x86-64
	GET_AFFINITY => 204,
	CORE_BYTES => 128, # of a set of cores
};

my %signals = (HUP => 1, INT => 2, PIPE => 13, TERM => 15);

# The log, locked, with nothing in it; else undef and why not.
sub open_log {
	my ($path) = @_;
	sysopen my $log, $path, O_RDWR | O_CREAT or return (undef, "cannot write the log $path: $!");
	-f $log or return (undef, "--log $path: a file is wanted that can be read again");
	flock $log, LOCK_EX | LOCK_NB
		or return (undef, "another run writes the log $path: give this one its own, with --log FILE");
	truncate $log, 0 or return (undef, "cannot write the log $path: $!");
	return $log;
}

# The emulated processor and QEMU's main loop wait for each other with each transfer: on two cores that takes
# two to three times as long as on one. Machines with more processors, or that run side by side, have all cores.
sub stay_on_one_core {
	return if $ENV{HARNESS_ACTIVE} || grep { $_ eq '-smp' || $_ eq 'kvm' } @_;
	my $cores = "\0" x CORE_BYTES;
	return if syscall(GET_AFFINITY, 0, CORE_BYTES, $cores) <= 0;
	my $last = (grep { vec $cores, $_, 1 } 0 .. 8 * CORE_BYTES - 1)[-1];
	my $one = "\0" x CORE_BYTES;
	vec($one, $last, 1) = 1;
	syscall SET_AFFINITY, 0, CORE_BYTES, $one;
}

# Where QEMU's own arguments begin: behind its name, which stands behind the first -- where another program starts it.
sub first_argument {
	my ($dashes) = grep { $_[$_] eq '--' } 0 .. $#_;
	return defined $dashes ? $dashes + 2 : 0;
}

# Starts a command that writes to the serial line at the end of `-serial`; returns the process and what reads the
# line. Whatever else QEMU says, devices of it on standard output too, goes to the file `told`.
sub start {
	my ($told, $command, @arguments) = @_;
	pipe my $line, my $end or die "pipe: $!\n";
	fcntl $line, F_SETFL, O_NONBLOCK;
	fcntl $line, SET_PIPE_SIZE, 1 << 20;
	my $pid = fork // die "fork: $!\n";
	return ($pid, $line) if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>&', $told;
	open STDERR, '>&', $told;
	fcntl $end, F_SETFD, 0; # stays open in QEMU
	$SIG{PIPE} = 'DEFAULT';
	stay_on_one_core(@arguments);
	splice @arguments, first_argument(@arguments), 0, '-serial', 'file:/dev/fd/' . fileno $end;
	exec { $command } $command, @arguments
		or print STDERR "$command: $!\n";
	exec 'false';
}

# Ends the process; returns what it ended with.
sub stop {
	my ($pid) = @_;
	kill TERM => $pid;
	for (1 .. KILL_SECONDS / POLL_SECONDS) {
		return $? if waitpid $pid, 1;
		select undef, undef, undef, POLL_SECONDS;
	}
	kill KILL => $pid;
	waitpid $pid, 0;
	return $?;
}

# Why the run must not go on; undef if it may.
sub obstacle {
	my ($run, $limit) = @_;
	return { signal => $run->{signal} } if $run->{signal};
	return { log_error => $run->{log_error} } if defined $run->{log_error};
	return { timed_out => "$limit s without a line" } if $run->{silence} >= $limit;
	return { started_again => 1 } if $run->{starts} > 1;
	return { too_long => (LOG_BYTES_MAX >> 20) . ' MiB' } if length $run->{bytes} > LOG_BYTES_MAX;
	return undef;
}

sub write_all {
	my ($log, $bytes) = @_;
	for (my $at = 0; $at < length $bytes;) {
		$at += syswrite($log, $bytes, length($bytes) - $at, $at) || return 0;
	}
	return 1;
}

# Takes what has come on the serial line.
sub drain {
	my ($run, $line, $log, $show) = @_;
	while (sysread $line, my $bytes, 1 << 16) {
		$run->{bytes} .= $bytes;
		$run->{silence} = 0 if $bytes =~ /\n/;
		my $fresh = length $run->{bytes} > length($bytes) + length(MARKER) ?
			substr($run->{bytes}, -(length($bytes) + length(MARKER) - 1)) : $run->{bytes};
		$run->{starts}++ while $fresh =~ /${\ MARKER}/g;
		$run->{log_error} //= "$!" if !write_all($log, $bytes);
		$show->take($bytes);
		last if length $run->{bytes} > LOG_BYTES_MAX;
	}
}

# One run. Silence is counted in looks, not by a clock: it may be set, and machines sleep. Returns bytes (of the serial line), ended (QEMU's exit status, 128 and more for signals), and of
# signal, log_error, timed_out and too_long the one because of which it was stopped.
sub run {
	my ($log, $show, $limit, $told, @command) = @_;
	my %run = (bytes => '', silence => 0, starts => 0);
	my $why;
	local @SIG{keys %signals} = (sub { $run{signal} //= $_[0] }) x keys %signals;
	local $SIG{CHLD} = sub { };    # ends the wait below
	local $SIG{XFSZ} = 'IGNORE'; # a log that may not grow is an error of writing it
	my ($pid, $line) = start($told, @command);
	while (!waitpid $pid, 1) {
		drain(\%run, $line, $log, $show);
		last if $why = obstacle(\%run, $limit);
		select undef, undef, undef, POLL_SECONDS;
		$run{silence} += POLL_SECONDS;
	}
	my $status = $why ? stop($pid) : $?;
	$run{silence} = 0;
	drain(\%run, $line, $log, $show);
	$why //= obstacle(\%run, $limit) // {};
	return { %run, %$why, ended => $status & 127 ? 128 + ($status & 127) : $status >> 8 };
}

# What the shell says of a process that ended by this signal.
sub status_of_signal { return 128 + $signals{ $_[0] } }

1;
