mod builtin;
mod file;
mod reader;
