/** Where runs are kept, below the folder in which chokepoint is called. */
export const runsFolder = '.chokepoint/runs';

/** Where calibrations are kept, a file for each scenario and machine. */
export const calibrationsFolder = '.chokepoint/calibration';
