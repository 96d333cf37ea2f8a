# SPDX-License-Identifier: MIT
# A machine with firmware, screen and keyboard, as a person sits before it: booted from the memory stick, without the device by
# which QEMU ends with a verdict. Keys go in by QEMU's monitor, and its pictures of the screen are read with the kernel's font.
package Screen;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::UNIX;
use VM;

our @EXPORT = qw(start_machine);
use constant FIRMWARE => '/usr/share/ovmf/OVMF.fd';
my @machines;
END { my $status = $?; $_->stop for @machines; $? = $status }

# start_machine(words => [...], qemu => [...]): boots the stick with these words, or `stick`, a file of its own. `serial`
# is another place for what it says there, or none.
sub start_machine {
	my %how = (words => [], qemu => [], @_);
	$_->stop for @machines; # two do not have one stick, nor one file for what they say
	my $self = bless { serial => scratch_file('serial', ''), monitor => scratch_file('monitor', ''),
		picture => scratch_file('picture', ''), said => scratch_file('said', '') }, __PACKAGE__;
	$self->{stick} = $how{stick} // make_stick(@{ $how{words} });
	unlink $self->{monitor};
	my @command = ($ENV{QEMU} // 'qemu-system-x86_64', '-machine', 'q35,kernel-irqchip=split', '-m', 256, '-nodefaults',
		'-display', 'none', '-bios', FIRMWARE, '-device', 'intel-iommu',
		'-drive', "file=$self->{stick},format=raw,if=none,id=stick" . ($how{stick_options} // ''), '-device', 'qemu-xhci', '-device',
		'usb-storage,drive=stick,bootindex=0', '-device', 'VGA', '-serial', $how{serial} // "file:$self->{serial}",
		'-monitor', "unix:$self->{monitor},server=on,wait=off", @{ $how{qemu} });
	$self->{pid} = fork // die "fork: $!";
	if (!$self->{pid}) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', $self->{said} or die;
		open STDERR, '>&', \*STDOUT or die;
		exec @command or die "$command[0]: $!";
	}
	push @machines, $self;
	return $self;
}

# The memory stick as `make` builds it, with these words.
sub make_stick {
	my $stick = scratch_file('stick.img', slurp('build/vtdcheck.img'));
	open my $file, '|-', 'mcopy', '-o', '-i', $stick, '-', '::/EFI/BOOT/vtdcheck.txt' or die "mcopy: $!";
	print $file "@_\n";
	close $file or die "mcopy: $?";
	return $stick;
}

sub slurp { my ($name) = @_; open my $file, '<:raw', $name or return ''; local $/; return <$file> // '' }

sub log { my ($self) = @_; return slurp($self->{serial}) }

# Whether this comes to be true within so many seconds.
sub within {
	my ($self, $seconds, $is_so) = @_;
	for (1 .. 4 * $seconds) {
		return 1 if $is_so->();
		select undef, undef, undef, 0.25;
	}
	diag(slurp($self->{said}));
	return 0;
}

# The run comes to its end within so many seconds.
sub comes_to_end {
	my ($self, $seconds) = @_;
	return $self->within($seconds, sub { $self->log =~ /^# end crc32 \w+\r?$/m });
}

# QEMU is gone, by itself, within so many seconds.
sub goes_off {
	my ($self, $seconds) = @_;
	return $self->within($seconds, sub { !$self->{pid} || waitpid($self->{pid}, 1) == $self->{pid} && !($self->{pid} = 0) });
}

sub stop {
	my ($self) = @_;
	return if !$self->{pid};
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
	$self->{pid} = 0;
}

# Tells QEMU's monitor something, and waits for its prompt; there is one before, too.
sub tell {
	my ($self, $command) = @_;
	local $/ = '(qemu) ';
	local $SIG{ALRM} = sub { die "QEMU's monitor says nothing" };
	alarm 20;
	if (!$self->{socket}) {
		$self->within(10, sub { $self->{socket} = IO::Socket::UNIX->new(Peer => $self->{monitor}) }) or die "monitor: $!";
		readline $self->{socket};
	}
	$self->{socket}->print("$command\n");
	$self->{socket}->flush;
	readline $self->{socket};
	alarm 0;
}

sub press { my ($self, $key) = @_; $self->tell("sendkey $key") }

# The glyphs of arch/font.c: their eight rows as text, to the character.
sub font {
	my $code = ord ' ';
	my %font;
	for (slurp('arch/font.c') =~ /^\t\{ ((?:0x\w\w,? ?)+)\}/mg) {
		my @rows = map { hex } /0x(\w\w)/g;
		$font{ join ',', @rows, (0) x (8 - @rows) } //= chr $code++;
	}
	return \%font;
}

# What stands on the screen, row by row: [text, colour of its first dot]. A cell that is no character is "?".
sub rows {
	my ($self) = @_;
	$self->tell("screendump $self->{picture}");
	my ($width, $height, $pixels) = slurp($self->{picture}) =~ /\AP6\n(\d+) (\d+)\n255\n(.*)\z/s or die 'no picture';
	my $scale = int($width / 960) || 1;
	my $font = font();
	return map { read_row($pixels, $width, $scale, $_, $font) } 0 .. int($height / 16 / $scale) - 1;
}

# The one row that begins so, which comes to be there within some seconds, since drawing takes time: its text and colour.
sub row {
	my ($self, $text) = @_;
	my @rows;
	my $is_there = $self->within(10, sub { @rows = $self->rows; 1 == grep { $_->[0] =~ $text } @rows });
	ok($is_there, "a row says: $text") or diag(join "\n", map { $_->[0] } @rows);
	return $is_there ? @{ (grep { $_->[0] =~ $text } @rows)[0] } : ('', '');
}

sub read_row {
	my ($pixels, $width, $scale, $row, $font) = @_;
	my ($text, $colour) = ('', '');
	my @lines = map { substr $pixels, 3 * $width * $scale * (16 * $row + 2 * $_), 3 * $width } 0 .. 7;
	for my $column (0 .. int($width / 8 / $scale) - 1) {
		my @glyph;
		for my $line (@lines) {
			my $bits = 0;
			for my $x (0 .. 7) {
				my $dot = substr $line, 3 * $scale * (8 * $column + $x), 3;
				$bits = 2 * $bits + ($dot ne "\0\0\0");
				$colour ||= name_colour(unpack 'C3', $dot) if $dot ne "\0\0\0";
			}
			push @glyph, $bits;
		}
		$text .= $font->{ join ',', @glyph } // '?';
	}
	return [$text =~ s/ +\z//r, $colour];
}

sub name_colour {
	my ($red, $green, $blue) = @_;
	return 'white' if $red == $green && $green == $blue;
	return 'yellow' if $red > 1.5 * $blue && $green > 1.5 * $blue;
	return $red > 1.5 * $green ? 'red' : $green > 1.5 * $red ? 'green' : 'another';
}

1;
