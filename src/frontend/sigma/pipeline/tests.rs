//! Units of the pipeline reader.
