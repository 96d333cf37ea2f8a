#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A run that is ended from outside: by a signal, by a reader that goes away, by a log that cannot be written. It
# leaves no QEMU behind and never passes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $begun = "TAP version 14\n# vtdcheck\n1..2\nok 1 - a.b\n";
my %fake = (QEMU => "$FindBin::Bin/fake-qemu", FAKE_LOG => scratch_file('begun', $begun), FAKE_END => 'hang');

# A text that comes to be in the file within a while.
sub comes {
	my ($path, $text) = @_;
	for (1 .. 300) {
		open my $file, '<', $path or next;
		return 1 if join('', <$file>) =~ /$text/;
	} continue {
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# Is any process still there that was started with this word in its environment?
sub is_left {
	my ($word) = @_;
	for my $path (glob '/proc/[0-9]*/environ') {
		open my $file, '<', $path or next;
		local $/;
		return 1 if index(<$file> // '', $word) >= 0;
	}
	return 0;
}

# Starts run.sh by itself, sends the signal when the log has begun; returns its status and what it said.
sub signalled {
	my ($signal) = @_;
	my ($log, $said) = (scratch_file('log', ''), scratch_file('said', ''));
	local %ENV = (%ENV, %fake, STOPS_T => "$signal.$$");
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', $said;
		$SIG{INT} = 'DEFAULT';
		exec './run.sh', '--log', $log, 'tests=dmar.checksum';
	}
	ok(comes($log, 'ok 1'), 'it runs') or diag(qx(cat $said));
	kill $signal => $pid;
	waitpid $pid, 0;
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	ok(!is_left("STOPS_T=$signal.$$"), 'nothing is left running');
	return ($status, scalar qx(cat $said));
}

for (['INT', 130, 'interrupted'], ['TERM', 143, 'stopped by SIGTERM'], ['HUP', 129, 'stopped by SIGHUP']) {
	my ($signal, $due, $text) = @$_;
	subtest "SIG$signal" => sub {
		my ($status, $said) = signalled($signal);
		is($status, $due, "status $due");
		is($said, "run.sh: $text\n", 'one line says why');
	};
}

subtest 'a reader that goes away' => sub {
	local %ENV = (%ENV, %fake, FAKE_END => 'endless', STOPS_T => "head.$$");
	my $log = scratch_file('log', '');
	my $text = qx(bash -c './run.sh --log $log 2>&1 | head -n 1; echo \${PIPESTATUS[0]}');
	is($text, "TAP version 14\n141\n", 'is left in peace');
	ok(!is_left("STOPS_T=head.$$"), 'nothing is left running');
};

subtest 'a guest that writes for ever' => sub {
	local %ENV = (%ENV, %fake, FAKE_END => 'endless');
	my $log = scratch_file('log', '');
	like(scalar qx(./run.sh --log $log 2>&1 >/dev/null), qr/^CRASH  the log grew beyond 64 MiB/, 'is stopped');
	is($? >> 8, 4, 'status 4');
	cmp_ok(-s $log, '<', 70 << 20, 'the log is bounded');
};

subtest 'a log that cannot grow' => sub {
	local %ENV = (%ENV, %fake, FAKE_END => 33, FAKE_LOG => scratch_file('long', $begun . "# long\n" x 1000));
	my $log = scratch_file('log', '');
	my $text = qx(bash -c 'ulimit -f 1; exec ./run.sh --log $log 2>&1');
	is($? >> 8, 2, 'status 2');
	like($text, qr/cannot write the log: File too large/, 'is named');
};

subtest 'a log that is no file' => sub {
	ends_with(boot(options => ['--log', '/dev/full']), 2, '--log /dev/full: a file is wanted');
	ends_with(boot(options => ['--log', '/proc/no/log']), 2, 'cannot write the log /proc/no/log');
};

subtest 'two runs, one log' => sub {
	my $log = scratch_file('shared', '');
	open my $held, '+<', $log or die "$log: $!";
	flock $held, 2 or die "flock: $!";
	ends_with(boot(options => ['--log', $log]), 2, 'another run writes the log');
};

subtest 'two checks in a checkout' => sub {
	open my $held, '<', 'run.sh' or die "run.sh: $!";
	flock $held, 6; # held by the check that runs us, if there is one
	is(scalar qx(./run.sh check 2>&1), "run.sh: another check runs in this checkout: wait for its end\n", 'it is said');
	is($? >> 8, 2, 'status 2');
};

done_testing();
