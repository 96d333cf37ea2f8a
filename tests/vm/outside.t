#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Units outside the guest: they give the same results as inside, id by id, on every QEMU that can be spoken to; the
# server's counts bear witness; bad words, bad peers and sudden ends are told in a sentence and leave nothing behind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use Time::HiRes qw(sleep);
use VM;
use Witness;

$ENV{QEMU} = qemu_with_units();
plan skip_all => 'no QEMU is here that units outside can be given to: ./run.sh qemus' if !$ENV{QEMU};

my $tests = 'tests=sm.write,sm.read,legacy.write,legacy.page-*,fault.sm-root*,vcmd.alloc*,vcmd.free*,queue.wait*,event.*-message';
my $topo = 'sm+vcs,legacy';

my $inside = boot(options => ['--iommu', 'none'], words => ['units=model', "topo=$topo", $tests]);
ends_with($inside, 0, 'PASS');
for my $qemu (qemus()) {
	next if $qemu->{version} =~ /^10\./;
	subtest "QEMU $qemu->{version}" => sub {
		my $run = boot(options => ['--units', $topo], words => [$tests], env => { QEMU => $qemu->{command} });
		ends_with($run, 0, 'PASS');
		is_deeply([ids($run)], [ids($inside)], 'what it is inside the guest, id by id');
		says($run, qr/^# unit 1 real /m, 'the units are real ones for the kernel');
		says($run, qr/^# witness: unit 0, [1-9]\d+ dwords/m, 'the kernel counts');
	};
}

subtest 'a reset of the machine is one of the units' => sub {
	my $run = boot(options => ['--units', 'sm'], words => ['tests=reset.*']);
	ends_with($run, 0, 'PASS');
	is(result($run, 'reset.works'), 'ok', 'they work afterwards');
};

subtest 'a unit that lets everything write fails as it does inside' => sub {
	my $run = boot(options => ['--units', 'sm+defect=ss_write_allowed'], words => ['tests=fault.sm-fpd-context-silences-page']);
	my $guest = boot(options => ['--iommu', 'none'], words => ['units=model', 'topo=sm+defect=ss_write_allowed', 'tests=fault.sm-fpd-context-silences-page']);
	ends_with($run, 1, 'FAIL');
	is($guest->{status}, 1, 'inside, too');
	is_deeply([ids($run)], [ids($guest)], 'the same results');
};

sub refused {
	my ($text, %how) = @_;
	my $run = boot(%how);
	ends_with($run, 2, $text);
	is(() = $run->{output} =~ /\n/g, 1, 'in one line');
}

subtest 'words that mean nothing' => sub {
	refused('--units: character 4, "foo": no such kind of unit', options => ['--units', 'sm,foo']);
	refused('--units: more than 8 units', options => ['--units', 'sm*9']);
	refused('--units: entry=', options => ['--units', 'sm+entry=sm-on']);
	refused('--units needs words', options => ['--units', '']);
};

subtest 'what is about units or devices inside' => sub {
	refused("$_->[0]", options => ['--units', 'sm', @$_]) for ['--agent', 'edu'], ['--edu', 'addr=1e.0'];
	refused('--units: not together with --unit or --iommu', options => $_)
		for ['--units', 'sm', '--iommu', 'aw-bits=39'], ['--iommu', 'aw-bits=39', '--units', 'sm'], ['--unit', 'legacy', '--units', 'sm'];
	refused("$_: not together with --units", options => ['--units', 'sm'], words => [$_]) for 'topo=legacy', 'units=model', 'mixed';
	refused('--kernel, --initrd and --append are for driver', options => ['--units', 'sm', '--kernel', '6.1']);
};

sub script {
	my ($name, $text) = @_;
	my $file = scratch_file($name, $text);
	chmod 0755, $file or die "$file: $!";
	return $file;
}

subtest 'a QEMU without a way out' => sub {
	my $old = script('qemu-5', "#!/bin/sh\necho 'QEMU emulator version 5.2.0'\n");
	refused('QEMU 5.2.0 has neither vfio-user-pci nor x-pci-proxy-dev', options => ['--units', 'sm'], env => { QEMU => $old });
	my $other = script('qemu-10', "#!/bin/sh\n[ \"\$1\" != -device ] || [ \"\$2\" != x-pci-proxy-dev,help ] || echo 'x-pci-proxy-dev options:'\n"
		. "[ \"\$1\" != --version ] || echo 'QEMU emulator version 10.0.0'\n");
	refused('its x-pci-proxy-dev ends it without KVM', options => ['--units', 'sm'], env => { QEMU => $other });
};

# A peer in QEMU's place that sends what $code prints to the socket.
sub peer {
	my ($transport, $code) = @_;
	my $peer = script('peer', <<~'END' . $code);
		#!/usr/bin/env perl
		use strict;
		use warnings;
		use IO::Socket::UNIX;
		my $all = "@ARGV";
		my $socket;
		if ($all =~ /x-pci-proxy-dev.*fd=(\d+)/) { open $socket, '+<&=', $1 or die "fd: $!" }
		else { my ($path) = $all =~ /"path":"([^"]*)"/; $socket = IO::Socket::UNIX->new($path) or die "socket: $!" }
		$socket->autoflush(1);
		my $answer = sub { my $bytes = ''; sysread $socket, $bytes, $_[0]; return $bytes };
		my $proxy = sub { my ($command, $body) = @_; print {$socket} pack('l L Q', $command, 0, length $body), $body };
		my $vfio = sub { my ($command, $body) = @_; print {$socket} pack('S S L L L', 1, $command, 16 + length $body, 0, 0), $body };
		END
	my $folder = scratch_file('peer-tmp', '') . '.d';
	mkdir $folder;
	my $said = qx(TMPDIR=$folder timeout 20 build/unit-server --transport $transport sm -- $peer 2>&1);
	my $status = $? >> 8;
	is_deeply([glob "$folder/*"], [], 'no socket is left');
	return ($status, $said);
}

subtest 'peers that lie' => sub {
	my @lies = (
		['proxy', q{print {$socket} pack 'l L Q', 3, 0, 1 << 40;}, 'a message longer than any there is'],
		['proxy', q{$proxy->(99, '');}, 'a message of no known command'],
		['proxy', q{$proxy->(3, pack 'L3', 4094, 0, 4);}, 'an access beside or across configuration space'],
		['proxy', q{$proxy->(5, pack 'Q Q L L', 0xfe000000, 0, 16, 1);}, 'an access of no width'],
		['proxy', q{$proxy->(5, pack 'Q Q L L', 0xfe001ffc, 0, 8, 1);}, q{across a BAR's end}],
		['proxy', q{$proxy->(0, 'short');}, 'a list of memory of another length'],
		['vfio-user', q{print {$socket} pack 'S S L L L', 1, 1, 3, 0, 0;}, 'a message shorter or longer'],
		['vfio-user', q{$vfio->(9, pack 'Q L L', 1 << 40, 0, 4);}, 'an access of no width, or beside'],
		['vfio-user', q{$vfio->(10, pack 'Q L L L', 0, 0, 8, 0);}, 'an access that is cut short'],
		['vfio-user', q{$vfio->(5, pack 'L4 Q2', 32, 0, 77, 0, 0, 0);}, 'a question for a region there is not'],
	);
	for (@lies) {
		my ($transport, $code, $text) = @$_;
		my ($status, $said) = peer($transport, "$code\n\$answer->(1);\n");
		is($status, 2, "$transport: status 2");
		like($said, qr/^unit-server: QEMU sent .*\Q$text\E/m, "told: $text");
	}
	my ($status, $said) = peer('proxy', q{$proxy->(3, pack 'L3', 0, 0, 4); my $id = unpack 'x16 L', $answer->(24);}
		. q{exit($id == 0x7dc01234 ? 7 : 8);} . "\n");
	is($status, 7, "the good twin: an honest peer is answered, and its own status comes back") or diag $said;
};

subtest 'a function for each device' => sub {
	my $peer = script('peer-of-three', <<~'END');
		#!/usr/bin/env perl
		use strict;
		use warnings;
		use IO::Handle;
		STDOUT->autoflush(1);
		my @functions = "@ARGV" =~ /x-pci-proxy-dev,id=\w+,addr=(\S+?),fd=(\d+)/g;
		my (@slots, @sockets);
		while (my ($slot, $fd) = splice @functions, 0, 2) {
			push @slots, $slot;
			open my $socket, '+<&=', $fd or die "fd: $!";
			$socket->autoflush(1);
			push @sockets, $socket;
		}
		my $ask = sub {
			my ($nth, $command, $body) = @_;
			print { $sockets[$nth] } pack('l L Q', $command, 0, length $body), $body;
			sysread $sockets[$nth], my $bytes, 24;
			return unpack 'x16 L', $bytes;
		};
		print "slots @slots\n";
		printf "ids %x %x %x\n", map { $ask->($_, 3, pack 'L3', 0, 0, 4) } 0 .. 2;
		printf "EP_ID %x %x\n", map { $ask->($_, 5, pack 'Q Q L L', 0xfe000000, 0, 4, 1) } 2, 1;
		print { $sockets[1] } pack('l L Q', 0, 0, 192), "\0" x 192; # a list of memory: the units' one tells of that
		print { $sockets[2] } pack('l L Q', $ARGV[0] eq 'lies' ? 99 : 3, 0, 12), pack 'L3', 0, 0, 4;
		sysread $sockets[2], my $end, 24;
		exit 7;
		END
	for (['honest', 7, qr/^EP_ID 10088 80$/m], ['lies', 2, qr/^unit-server: QEMU sent a message of no known command$/m]) {
		my ($word, $status, $text) = @$_;
		my $said = qx(timeout 20 build/unit-server --devices 16 sm,legacy -- $peer $word 2>&1);
		is($? >> 8, $status, "$word: status $status");
		like($said, qr/^slots 1a.0 10.0 11.0\nids 7dc01234 7dc11234 7dc11234$/m, 'three functions, in the order of the slots');
		like($said, $text, 'told apart, and each is served');
	}
};

subtest 'whoever ends, nobody stays' => sub {
	my $pids = scratch_file('pids', '');
	my $peer = script('sleeper', "#!/bin/sh\necho \$\$ >>$pids\nexec sleep 60\n");
	my $pid = fork // die "fork: $!";
	exec 'build/unit-server', 'sm', '--', $peer if !$pid;
	sleep 0.1 for grep { !-s $pids } 1 .. 50;
	my ($child) = do { open my $file, '<', $pids or die "$pids: $!"; map { /(\d+)/ } <$file> };
	ok($child && kill(0, $child), 'it runs');
	kill KILL => $pid;
	waitpid $pid, 0;
	sleep 0.1 for grep { kill 0, $child } 1 .. 50;
	ok(!kill(0, $child), 'the server was killed, and QEMU is gone');
};

subtest 'a witness that contradicts' => sub {
	my $log = "# witness: unit 0, 100 dwords, 3 faults, 7 descriptors\n# witness: unit 0, 20 dwords, 1 faults, 0 descriptors\n";
	my $report = sub {
		my %is = (dwords => 120, faults => 5, lost => 1, live => 0, wait => 8, @_);
		return scratch_file('report', "unit 0 reads 90 writes 30 dwords $is{dwords}\nunit 0 faults $is{faults} lost $is{lost}\n"
			. "unit 0 pasids commands 0 given 0 taken 0 peak 0 named 0 live $is{live}\nunit 0 descriptors wait $is{wait}\n");
	};
	is(Witness::contradiction($log, $report->()), undef, 'what fits');
	like(Witness::contradiction($log, $report->(dwords => 121)), qr/unit 0: the kernel counted 120 dwords .* 121/, 'accesses');
	like(Witness::contradiction($log, $report->(faults => 4)), qr/counted 4 faults, the server 3/, 'faults');
	like(Witness::contradiction($log, $report->(wait => 6)), qr/counted 7 descriptors, the server 6/, 'descriptors');
	like(Witness::contradiction($log, $report->(live => 2)), qr/2 PASIDs are still out/, 'PASIDs');
	like(Witness::contradiction('', $report->()), qr/says nothing/, 'no word of them');
};

done_testing();
