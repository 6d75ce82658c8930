//! Files of recordings: what a header states is there at any moment, so that a file can be played after the
//! process was killed.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use offhook_core::RecordingId;
use offhook_core::recorder::{
    RecordedBlock, RecordedFile, RecordedPart, WAV_HEADER_BYTES, wav_header,
};

const SAMPLE_BYTES: u64 = 2;
/// Silence is written in pieces of so many octets.
const SILENCE: [u8; 4_096] = [0; 4_096];

/// The files of recordings that run. Its owner waits for the disk.
#[derive(Debug, Default)]
pub struct RecordingFiles {
    open: HashMap<RecordingId, RecordingFile>,
}

impl RecordingFiles {
    /// Does what a recording's part asks for; what became of the file, once there is nothing left to write. A
    /// part of a recording that failed before has no effect.
    pub fn handle(&mut self, recording: RecordingId, part: RecordedPart) -> Option<RecordedFile> {
        match part {
            RecordedPart::Begin { name, rate_hz, channels } => {
                match RecordingFile::create(Path::new(&name), rate_hz, channels) {
                    Ok(file) => {
                        self.open.insert(recording, file);
                        None
                    }
                    Err(error) => Some(failed(0, 0, &error)),
                }
            }
            RecordedPart::Block(block) => {
                let error = self.open.get_mut(&recording)?.append(&block).err()?;
                self.give_up(recording, &error)
            }
            RecordedPart::End(end) => {
                let file = self.open.remove(&recording)?;
                let (length, size_bytes) = (file.length(), file.size_bytes());
                Some(match file.finish(end.length) {
                    Ok(size_bytes) => {
                        RecordedFile { length: end.length, size_bytes, error: String::new() }
                    }
                    Err(error) => failed(length, size_bytes, &error),
                })
            }
        }
    }

    /// The disk is full, or worse: keep what was written.
    fn give_up(&mut self, recording: RecordingId, error: &io::Error) -> Option<RecordedFile> {
        let file = self.open.remove(&recording)?;
        let (length, size_bytes) = (file.length(), file.size_bytes());
        // Cutting off what its header does not state needs no space; if that fails, players ignore it.
        let _ = file.finish(length);
        Some(failed(length, size_bytes, error))
    }
}

fn failed(length: u64, size_bytes: u64, error: &io::Error) -> RecordedFile {
    RecordedFile { length, size_bytes, error: error.to_string() }
}

/// A WAV file that grows.
#[derive(Debug)]
struct RecordingFile {
    file: File,
    rate_hz: u32,
    channels: u16,
    /// Octets of samples that are in the file, whole frames of all channels.
    data_bytes: u64,
    /// Kept between blocks for its memory.
    octets: Vec<u8>,
}

impl RecordingFile {
    /// A new file, for its owner alone, as is the directory that is made for it.
    ///
    /// # Errors
    /// When it exists already or cannot be made.
    fn create(path: &Path, rate_hz: u32, channels: u16) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let made = Self { file, rate_hz, channels, data_bytes: 0, octets: Vec::new() };
        made.write_header(0)?;
        Ok(made)
    }

    /// Adds a block. Where blocks before it are missing there will be silence, so that what follows stays at its
    /// time.
    ///
    /// # Errors
    /// When the system refuses; the file then holds what it held before.
    fn append(&mut self, block: &RecordedBlock) -> io::Result<()> {
        let start = block.at * self.frame_bytes();
        let mut end = self.data_bytes.max(start);
        self.fill(self.data_bytes, start)?;
        self.octets.clear();
        self.octets.extend(block.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        // A block that comes twice is written over itself.
        self.file.write_all_at(&self.octets, WAV_HEADER_BYTES as u64 + start)?;
        end = end.max(start + self.octets.len() as u64);
        self.write_header(end)?;
        self.data_bytes = end;
        Ok(())
    }

    /// Ends the file with `length` samples of each channel: cut off, or filled with silence. Returns its size
    /// in bytes.
    ///
    /// # Errors
    /// When the system refuses; the file then holds what it held before.
    fn finish(mut self, length: u64) -> io::Result<u64> {
        let data_bytes = length * self.frame_bytes();
        self.fill(self.data_bytes, data_bytes)?;
        self.write_header(data_bytes)?;
        self.data_bytes = data_bytes;
        self.file.set_len(self.size_bytes())?;
        self.file.sync_all()?;
        Ok(self.size_bytes())
    }

    /// How many samples of each channel it holds.
    fn length(&self) -> u64 {
        self.data_bytes / self.frame_bytes()
    }

    /// Its size with its header.
    fn size_bytes(&self) -> u64 {
        WAV_HEADER_BYTES as u64 + self.data_bytes
    }

    fn fill(&self, from: u64, to: u64) -> io::Result<()> {
        let mut at = from;
        while at < to {
            let piece = SILENCE.get(..(to - at).min(SILENCE.len() as u64) as usize);
            let piece = piece.unwrap_or(&SILENCE);
            self.file.write_all_at(piece, WAV_HEADER_BYTES as u64 + at)?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn write_header(&self, data_bytes: u64) -> io::Result<()> {
        self.file.write_all_at(&wav_header(self.rate_hz, self.channels, data_bytes), 0)
    }

    fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * SAMPLE_BYTES
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use offhook_core::recorder::{RecordingEnd, RecordingEndReason};

    use super::*;

    const ID: RecordingId = RecordingId(1);

    /// A folder that is removed again.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("offhook-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> String {
            self.0.join("one.wav").to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn begin(name: String) -> RecordedPart {
        RecordedPart::Begin { name, rate_hz: 8_000, channels: 2 }
    }

    fn block(at: u64, sample: i16) -> RecordedPart {
        RecordedPart::Block(RecordedBlock { at, samples: vec![sample; 3_200] })
    }

    fn end(length: u64) -> RecordedPart {
        RecordedPart::End(RecordingEnd { reason: RecordingEndReason::Stopped, length })
    }

    /// What the header states of the samples, which must all be there.
    fn samples(name: &str) -> Vec<i16> {
        let file = fs::read(name).unwrap();
        let stated = u32::from_le_bytes(file[76..80].try_into().unwrap()) as usize;
        let data = &file[80..80 + stated];
        data.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
    }

    #[test]
    fn a_file_is_whole_after_each_block() {
        let folder = Folder::new("whole");
        let mut files = RecordingFiles::default();
        assert_eq!(files.handle(ID, begin(folder.file())), None);
        assert_eq!(samples(&folder.file()), []);
        for n in 0..5 {
            assert_eq!(files.handle(ID, block(n * 1_600, n as i16)), None);
            let now = samples(&folder.file());
            assert_eq!((now.len(), now.last()), (3_200 * (n as usize + 1), Some(&(n as i16))));
        }
        let file = RecordedFile { length: 7_000, size_bytes: 28_080, error: String::new() };
        assert_eq!(files.handle(ID, end(7_000)), Some(file));
        assert_eq!(fs::metadata(folder.file()).unwrap().len(), 28_080);
        assert_eq!(samples(&folder.file()).len(), 14_000);
    }

    #[test]
    fn a_block_that_was_dropped_is_silence() {
        let folder = Folder::new("dropped");
        let mut files = RecordingFiles::default();
        files.handle(ID, begin(folder.file()));
        files.handle(ID, block(0, 5));
        files.handle(ID, block(3_200, 6));
        let file = files.handle(ID, end(6_400)).unwrap();
        assert_eq!((file.length, file.error.as_str()), (6_400, ""));
        let written = samples(&folder.file());
        let expected = [vec![5; 3_200], vec![0; 3_200], vec![6; 3_200], vec![0; 3_200]].concat();
        assert!(written == expected);
    }

    #[test]
    fn only_the_owner_may_read_it_and_no_file_is_written_over() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("owner");
        let mut files = RecordingFiles::default();
        files.handle(ID, begin(folder.file()));
        files.handle(ID, block(0, 5));
        let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let refused = files.handle(RecordingId(2), begin(folder.file())).unwrap();
        assert!(refused.error.contains("exists"), "{}", refused.error);
        assert_eq!(samples(&folder.file()).len(), 3_200);
    }

    #[test]
    fn its_directory_is_made_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("directory");
        let name = folder.0.join("account/one.wav").to_str().unwrap().to_owned();
        assert_eq!(RecordingFiles::default().handle(ID, begin(name)), None);
        let mode = fs::metadata(folder.0.join("account")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_full_disk_keeps_what_was_written() {
        // Every write to this device fails with ENOSPC; it stands for a disk that has just become full.
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let folder = Folder::new("full");
        let mut files = RecordingFiles::default();
        files.handle(ID, begin(folder.file()));
        files.handle(ID, block(0, 5));
        if let Some(open) = files.open.get_mut(&ID) {
            open.file = OpenOptions::new().write(true).open(full).unwrap();
        }
        let file = files.handle(ID, block(1_600, 6)).unwrap();
        assert_eq!((file.length, file.size_bytes), (1_600, 6_480));
        assert!(file.error.contains("space"), "{}", file.error);
        assert_eq!(samples(&folder.file()), [5; 3_200]);
        assert_eq!(files.handle(ID, end(3_200)), None);
    }

    #[test]
    fn parts_after_a_failure_have_no_effect() {
        let folder = Folder::new("failure");
        let mut files = RecordingFiles::default();
        fs::write(folder.0.join("file"), "").unwrap();
        let name = folder.0.join("file/one.wav").to_str().unwrap().to_owned();
        let file = files.handle(ID, begin(name)).unwrap();
        assert_eq!((file.length, file.size_bytes), (0, 0));
        assert!(!file.error.is_empty());
        assert_eq!(files.handle(ID, block(0, 5)), None);
        assert_eq!(files.handle(ID, end(1_600)), None);
    }
}
